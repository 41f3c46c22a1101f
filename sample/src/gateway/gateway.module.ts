import { Module } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { TokenClientModule } from 'nestjs-access-tokens';
import { sharedTokens } from '../common/shared-tokens.js';
import { gatewayConfig } from './gateway.config.js';
import { OrdersClient } from './orders.client.js';
import { OrdersController } from './orders.controller.js';

/**
 * Microservice A: what the outside world talks to. It is open here, to show one thing at a time; in
 * earnest it would be protected as well, as the API of this sample is.
 */
@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, load: [gatewayConfig] }),
    TokenClientModule.forRootAsync({
      clients: ['orders'],
      inject: [gatewayConfig.KEY],
      useFactory: ({
        issuer,
        clientId,
        clientSecret,
        ordersUrl,
      }: ConfigType<typeof gatewayConfig>) => ({
        issuer,
        clientId,
        clientSecret,
        ...sharedTokens('gateway', clientSecret),
        clients: {
          // One client for reading and writing, so one token for both.
          orders: {
            baseURL: ordersUrl,
            token: 'client',
            scope: 'orders.read orders.write',
            timeout: 5_000,
          },
        },
      }),
    }),
  ],
  controllers: [OrdersController],
  providers: [OrdersClient],
})
export class GatewayModule {}
