import { NestFactory } from '@nestjs/core';
import { environment } from '../common/environment.js';
import { startApplication } from '../common/start-application.js';
import { ApiModule } from './api.module.js';

const application = await NestFactory.create(ApiModule);
await startApplication('Api', application, environment.apiPort());
