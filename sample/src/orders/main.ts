import { NestFactory } from '@nestjs/core';
import { environment } from '../common/environment.js';
import { startApplication } from '../common/start-application.js';
import { OrdersModule } from './orders.module.js';

const application = await NestFactory.create(OrdersModule);
await startApplication('Orders', application, environment.ordersPort());
