import { Module } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { SessionUserTokenStore, TokenClientModule, UserLoginModule } from 'nestjs-access-tokens';
import { SharedSessionsModule } from '../common/shared-sessions.js';
import { sharedTokens } from '../common/shared-tokens.js';
import { AssetsController } from './assets/assets.controller.js';
import { CallsController } from './calls.controller.js';
import { HomeController } from './home.controller.js';
import { OwnPageGuard } from './own-page.guard.js';
import { SampleApi } from './sample-api.js';
import { SignOutController } from './sign-out.controller.js';
import { TokenWatch } from './token-watch.js';
import { webConfig } from './web.config.js';
import { WebErrorFilter } from './web-error.filter.js';

/** A web application that people sign in to, and that calls an API in their name and in its own. */
@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, load: [webConfig] }),
    SharedSessionsModule,
    TokenClientModule.forRootAsync({
      clients: ['user-api', 'own-api'],
      inject: [webConfig.KEY],
      useFactory: ({
        issuer,
        clientId,
        clientSecret,
        apiUrl,
        clock,
      }: ConfigType<typeof webConfig>) => ({
        issuer,
        clientId,
        clientSecret,
        // Replicas have the tokens of users in Redis. One alone has them in the sessions.
        ...(sharedTokens('web', clientSecret) ?? {
          userTokenStore: new SessionUserTokenStore(),
        }),
        clock,
        clients: {
          // The same API twice: with the token of whoever is signed in, and with that of this application.
          'user-api': { baseURL: apiUrl, token: 'user', scope: 'api1', timeout: 5_000 },
          'own-api': { baseURL: apiUrl, token: 'client', scope: 'api1', timeout: 5_000 },
        },
      }),
    }),
    UserLoginModule.forRootAsync({
      inject: [webConfig.KEY],
      useFactory: ({ url }: ConfigType<typeof webConfig>) => ({
        baseURL: url,
        scope: 'openid profile email offline_access api1',
      }),
    }),
  ],
  controllers: [HomeController, CallsController, SignOutController, AssetsController],
  providers: [
    SampleApi,
    TokenWatch,
    { provide: APP_GUARD, useClass: OwnPageGuard },
    { provide: APP_FILTER, useClass: WebErrorFilter },
  ],
})
export class WebModule {}
