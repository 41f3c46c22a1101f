import { Module } from '@nestjs/common';
import { JwtAuthModule, TokenClientModule } from 'nestjs-access-tokens';
import { AppController } from './app.controller.js';
import { AppService } from './app.service.js';
import { BillingService } from './billing/billing.service.js';
import { InvoicesController } from './billing/invoices.controller.js';
import { OrdersController } from './orders/orders.controller.js';

const issuer = process.env.ISSUER ?? 'https://id.example.com';

export const auth = JwtAuthModule.forRoot({
  issuer,
  audience: 'https://orders.example.com',
});

export const clients = TokenClientModule.forRoot({
  issuer,
  clientId: 'orders',
  clientSecret: process.env.ORDERS_SECRET ?? 'secret of a test',
  clients: {
    billing: {
      baseURL: process.env.BILLING_URL ?? 'https://billing.example.com',
      token: 'client',
      scope: 'billing.write',
    },
  },
});

@Module({
  imports: [auth, clients],
  controllers: [AppController, OrdersController, InvoicesController],
  providers: [AppService, BillingService],
})
export class AppModule {}
