import { Module } from '@nestjs/common';
import { JwtAuthModule } from 'nestjs-access-tokens';
import { environment } from '../common/environment.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

/** Microservice B: called by the gateway, and by nobody without a token for it. */
@Module({
  imports: [
    JwtAuthModule.forRoot({
      issuer: environment.issuer(),
      audience: 'https://orders.example.com',
    }),
  ],
  controllers: [OrdersController],
  providers: [OrdersService],
})
export class OrdersModule {}
