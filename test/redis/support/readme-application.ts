import type { LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  KeyvUserTokenStore,
  RedisStore,
  RedisTokenLock,
  TokenClientModule,
  type RedisClient,
} from 'nestjs-access-tokens';
import { readmeRedis, type README_CLIENTS } from './readme-redis.js';
import { keyOf } from './settings.js';

/** An application as the README has it: client `api` sends the token of a user, `own` that of the application. */
export interface ReadmeApplication {
  readonly app: TestingModule;
  readonly client: RedisClient;
}

/** @param redisUrl of a Redis, which need not run */
export async function startReadmeApplication(
  name: (typeof README_CLIENTS)[number],
  redisUrl: string,
  tokenEndpoint: string,
  logger: LoggerService,
): Promise<ReadmeApplication> {
  const { REDIS, RedisModule } = readmeRedis(name);
  process.env['REDIS_URL'] = redisUrl;
  const baseURL = 'https://api.example.com';
  const module = TokenClientModule.forRootAsync({
    clients: ['api', 'own'],
    imports: [RedisModule],
    inject: [REDIS],
    useFactory: (redis: RedisClient) => {
      const store = new RedisStore(redis, { keyPrefix: 'web:' });
      return {
        tokenEndpoint,
        clientId: 'web',
        clientSecret: 'web-secret',
        tokenCache: store,
        userTokenStore: new KeyvUserTokenStore(store),
        tokenLock: new RedisTokenLock(redis, { keyPrefix: 'web:lock:' }),
        encryptionKeys: [keyOf('one')],
        clients: { api: { baseURL, token: 'user' }, own: { baseURL } },
      };
    },
  });
  const app = await Test.createTestingModule({ imports: [module] })
    .setLogger(logger)
    .compile();
  await app.init();
  return { app, client: app.get<RedisClient>(REDIS, { strict: false }) };
}
