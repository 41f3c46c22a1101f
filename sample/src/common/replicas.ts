import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DynamicModule,
  type InjectionToken,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { RedisStore as SessionStore } from 'connect-redis';
import {
  KeyvUserTokenStore,
  RedisStore,
  RedisTokenLock,
  type TokenClientModuleOptions,
  UserTokenService,
  type UserTokenStore,
} from 'nestjs-access-tokens';
import { environment } from './environment.js';
import { clientOf, giveUpIfSilent, type RedisClient, reportState } from './redis-client.js';

/** How long the start of an application waits for a Redis that is there and says nothing. */
const START_MS = 2_000;
/** How long its end does. */
const END_MS = 1_000;

/** The applications that have replicas. What each keeps in Redis has names of its own. */
type Application = 'gateway' | 'web';
type SharedTokens = Pick<TokenClientModuleOptions, 'tokenCache' | 'tokenLock' | 'encryptionKeys'>;

/** What the replicas of an application have in common: with REDIS_URL a Redis, without it nothing. */
export class Replicas implements OnApplicationShutdown {
  constructor(
    private readonly application: Application,
    private readonly modules: ModuleRef,
    private readonly redis?: RedisClient,
    private readonly encryptionKeys: readonly string[] = [],
  ) {}

  /** Options of TokenClientModule: one token for all replicas, and one of them at a time asks for it. */
  sharedTokens(): SharedTokens {
    return this.redis
      ? {
          tokenCache: this.storeIn(this.redis),
          tokenLock: new RedisTokenLock(this.redis, { keyPrefix: `${this.application}:lock:` }),
          encryptionKeys: this.encryptionKeys,
        }
      : {};
  }

  /** Where the tokens of users are, if not in the session. */
  userTokenStore(): UserTokenStore | undefined {
    return this.redis && new KeyvUserTokenStore(this.storeIn(this.redis));
  }

  /** Where the sessions are, if not in memory. What they hold is who is signed in, and no token. */
  sessionStore(): SessionStore | undefined {
    const prefix = `${this.application}:session:`;
    return this.redis && new SessionStore({ client: this.redis, prefix });
  }

  private storeIn(redis: RedisClient): RedisStore {
    return new RedisStore(redis, { keyPrefix: `${this.application}:` });
  }

  /**
   * When the last token is put away. TokenClientModule is global, and Nest would end it after this: a refresh under way
   * would find no Redis any more.
   */
  async onApplicationShutdown(): Promise<void> {
    await this.modules.get(UserTokenService, { strict: false }).onApplicationShutdown();
    if (this.redis?.isOpen) {
      // Not for longer: it waits for answers, and there may be none.
      await Promise.race([this.redis.close(), sleep(END_MS, undefined, { ref: false })]);
      this.redis.unref();
    }
  }
}

/**
 * Connects to Redis, if there is one to share. An application starts and goes on without it as well: the client
 * tries to connect for as long as it takes.
 */
async function joinReplicas(
  application: Application,
  clientSecret: string,
  modules: ModuleRef,
): Promise<Replicas> {
  const url = environment.redisUrl();
  if (!url) {
    return new Replicas(application, modules);
  }
  if (!/^rediss?:/.test(url) || !URL.canParse(url)) {
    // Without the value, which may hold a password.
    throw new Error('REDIS_URL must be a URL such as redis://127.0.0.1:6379.');
  }
  const encryptionKeys = environment.tokenEncryptionKeys(clientSecret);
  const client = clientOf(url);
  reportState(client);
  const wait = sleep(START_MS, undefined, { ref: false });
  await Promise.race([client.connect(), once(client, 'error'), wait]);
  void giveUpIfSilent(client);
  return new Replicas(application, modules, client, encryptionKeys);
}

@Module({})
export class ReplicasModule {
  /** @param config the configuration of the application, in which the secret of its client is */
  static of(application: Application, config: InjectionToken): DynamicModule {
    const useFactory = ({ clientSecret }: { clientSecret: string }, modules: ModuleRef) =>
      joinReplicas(application, clientSecret, modules);
    return {
      module: ReplicasModule,
      providers: [{ provide: Replicas, inject: [config, ModuleRef], useFactory }],
      exports: [Replicas],
    };
  }
}
