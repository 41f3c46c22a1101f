import { HttpService } from '@nestjs/axios';
import type { FactoryProvider } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import { ClientTokenService } from './client-token.service.js';
import { createTokenClient } from './axios/create-token-client.js';
import type { TokenClientRegistry } from './token-client.registry.js';
import {
  getTokenClientToken,
  getTokenHttpServiceToken,
  TOKEN_CLIENT_MAKER,
  TOKEN_CLIENT_REGISTRY,
} from './token-client.tokens.js';
import { RequestContext } from '../user-tokens/request-context.js';
import { UserTokenService } from './user-token.service.js';

/** Makes the Axios instance of a named client. */
export type TokenClientMaker = (name: string) => AxiosInstance;

/** The one provider that all named clients are made by, whichever module registers them. */
export const tokenClientMaker: FactoryProvider<TokenClientMaker> = {
  provide: TOKEN_CLIENT_MAKER,
  useFactory:
    (
      clients: TokenClientRegistry,
      clientTokens: ClientTokenService,
      userTokens: UserTokenService,
      context: RequestContext,
    ): TokenClientMaker =>
    (name) => {
      const client = clients.get(name);
      if (client.kind === 'client') return createTokenClient(client, clientTokens, clients);
      context.open();
      return createTokenClient(client, userTokens, clients);
    },
  inject: [TOKEN_CLIENT_REGISTRY, ClientTokenService, UserTokenService, RequestContext],
};

/** @param maker the provider of the maker, which is there once the clients are registered */
export function clientProviders(names: readonly string[], maker: string): FactoryProvider[] {
  return names.flatMap((name): FactoryProvider[] => [
    {
      provide: getTokenClientToken(name),
      // None where the options of forRoot are at fault, which is told by itself.
      useFactory: (make: TokenClientMaker | undefined) => make?.(name),
      inject: [maker],
    },
    {
      provide: getTokenHttpServiceToken(name),
      useFactory: (instance: AxiosInstance) => new HttpService(instance),
      inject: [getTokenClientToken(name)],
    },
  ]);
}

/** The injection tokens of named clients. */
export function tokensOf(names: readonly string[]): string[] {
  return names.flatMap((name) => [getTokenClientToken(name), getTokenHttpServiceToken(name)]);
}
