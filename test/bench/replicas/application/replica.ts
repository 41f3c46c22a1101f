import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientTokenService, TokenClientModule } from 'nestjs-access-tokens';
import type { Contestant } from '../plan.js';
import { connect } from './connections.js';
import { Outstanding } from './outstanding.js';

/** A Nest application as it runs many times over, and what remains to be done after it has answered. */
export interface Replica {
  readonly tokens: ClientTokenService;
  readonly outstanding: Outstanding;
}

/** The same for all replicas, as they have to read what the others write. */
const ENCRYPTION_KEYS = [randomBytes(32).toString('base64')];

export async function startReplica(
  { store, has }: Contestant,
  { redis, tokenEndpoint }: { readonly redis: string; readonly tokenEndpoint: string },
): Promise<Replica> {
  const outstanding = new Outstanding();
  const sharing = store === 'none' ? undefined : await connect(store, redis);
  if (sharing) {
    outstanding.watchCache(sharing.tokenCache);
    outstanding.watchLock(sharing.tokenLock);
  }
  @Module({
    imports: [
      TokenClientModule.forRoot({
        tokenEndpoint,
        clientId: 'orders',
        clientSecret: 'a secret',
        tokenCache: sharing?.tokenCache,
        tokenLock: sharing?.tokenLock,
        encryptionKeys: has === 'keys' ? ENCRYPTION_KEYS : 'none',
        clients: { api: { baseURL: 'http://127.0.0.1' } },
      }),
    ],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: ['warn', 'error'],
    abortOnError: false,
  });
  return { tokens: app.get(ClientTokenService, { strict: false }), outstanding };
}
