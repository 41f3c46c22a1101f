import type { BeforeApplicationShutdown, LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { TokenClientModule, type RedisClient } from 'nestjs-access-tokens';
import { installOnly, type RedisPackage } from './installed-packages.js';
import { keyOf } from './settings.js';

/** Tells when an application begins to end. */
export class EndProbe implements BeforeApplicationShutdown {
  #tell: () => void = () => undefined;
  readonly ending = new Promise<void>((resolve) => (this.#tell = resolve));

  beforeApplicationShutdown(): void {
    this.#tell();
  }
}

/** An application with the option `redis`: client `api` sends the token of a user, `own` that of the application. */
export interface Application {
  readonly app: TestingModule;
  /** The one that the module has made of the URL. */
  readonly client: RedisClient;
}

/** @param redisUrl of a Redis, which need not run */
export async function startApplication(
  name: RedisPackage,
  redisUrl: string,
  tokenEndpoint: string,
  logger: LoggerService,
): Promise<Application> {
  const clients = installOnly(name);
  const baseURL = 'https://api.example.com';
  const module = TokenClientModule.forRoot({
    tokenEndpoint,
    clientId: 'web',
    clientSecret: 'web-secret',
    redis: redisUrl,
    redisKeyPrefix: 'web:',
    encryptionKeys: [keyOf('one')],
    clients: { api: { baseURL, token: 'user' }, own: { baseURL } },
  });
  const app = await Test.createTestingModule({ imports: [module], providers: [EndProbe] })
    .setLogger(logger)
    .compile();
  await app.init();
  const [client, ...others] = clients;
  if (!client || others.length > 0) throw new Error(`${clients.length} clients were made`);
  return { app, client };
}
