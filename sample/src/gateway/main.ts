import { NestFactory } from '@nestjs/core';
import { environment } from '../common/environment.js';
import { startApplication } from '../common/start-application.js';
import { GatewayModule } from './gateway.module.js';

const application = await NestFactory.create(GatewayModule);
await startApplication('Gateway', application, environment.gatewayPort());
