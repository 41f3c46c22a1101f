import { Module, type DynamicModule } from '@nestjs/common';
import { TokenClientModule } from 'nestjs-access-tokens';
import type { ClientSettings } from './client.settings.js';
import { Quickstart } from './quickstart.service.js';

@Module({})
export class ClientModule {
  static with({ issuer, clientId, clientSecret, scope, apiUrl }: ClientSettings): DynamicModule {
    return {
      module: ClientModule,
      imports: [
        TokenClientModule.forRoot({
          issuer,
          clientId,
          clientSecret,
          clients: { api: { baseURL: apiUrl, token: 'client', scope, timeout: 5_000 } },
        }),
      ],
      providers: [Quickstart],
    };
  }
}
