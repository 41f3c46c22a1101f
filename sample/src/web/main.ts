import { NestFactory } from '@nestjs/core';
import { environment } from '../common/environment.js';
import { startApplication } from '../common/start-application.js';
import { WebModule } from './web.module.js';
import { setUpWeb } from './web.setup.js';

const application = await NestFactory.create(WebModule);
setUpWeb(application);
await startApplication('Web', application, environment.webPort());
