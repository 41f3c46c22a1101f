import { once } from 'node:events';
import {
  type DynamicModule,
  type InjectionToken,
  Logger,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { RedisStore as SessionStore } from 'connect-redis';
import {
  KeyvUserTokenStore,
  RedisStore,
  RedisTokenLock,
  type TokenClientModuleOptions,
  type UserTokenStore,
} from 'nestjs-access-tokens';
import { createClient } from 'redis';
import { environment } from './environment.js';

/** The applications that have replicas. What each keeps in Redis has names of its own. */
type Application = 'gateway' | 'web';
type RedisClient = ReturnType<typeof clientOf>;
type SharedTokens = Pick<TokenClientModuleOptions, 'tokenCache' | 'tokenLock' | 'encryptionKeys'>;

/** What the replicas of an application have in common: with REDIS_URL a Redis, without it nothing. */
export class Replicas implements OnApplicationShutdown {
  constructor(
    private readonly application: Application,
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

  /** As late as can be: whatever ends before may still have a token to put away. */
  onApplicationShutdown(): void {
    if (this.redis?.isOpen) {
      this.redis.destroy();
    }
  }
}

/**
 * Connects to Redis, if there is one to share. An application starts and goes on without it as well: the client
 * tries to connect for as long as it takes.
 */
async function joinReplicas(application: Application, clientSecret: string): Promise<Replicas> {
  const url = environment.redisUrl();
  if (!url) {
    return new Replicas(application);
  }
  if (!/^rediss?:/.test(url) || !URL.canParse(url)) {
    // Without the value, which may hold a password.
    throw new Error('REDIS_URL must be a URL such as redis://127.0.0.1:6379.');
  }
  const encryptionKeys = environment.tokenEncryptionKeys(clientSecret);
  const client = clientOf(url);
  reportState(client);
  await Promise.race([client.connect(), once(client, 'error')]);
  return new Replicas(application, client, encryptionKeys);
}

function clientOf(url: string) {
  return createClient({
    url,
    // What cannot be sent now fails now: a call must not wait for Redis to come back.
    disableOfflineQueue: true,
    // A Redis that is there and answers nothing is given up, with all that waits for it, after two seconds ...
    pingInterval: 1_000,
    socket: {
      connectTimeout: 1_000,
      socketTimeout: 2_000,
      // ... and tried again for as long as it takes: by itself, the client would give up for good then.
      reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 2_000),
    },
  });
}

/** One line for each change: while Redis is gone there is an error for each attempt to connect. */
function reportState(client: RedisClient): void {
  const logger = new Logger('Replicas');
  let there: boolean | undefined;
  client.on('ready', () => {
    logger.log(there === undefined ? 'Sharing over Redis' : 'Redis is back: sharing again');
    there = true;
  });
  client.on('error', (error: NodeJS.ErrnoException) => {
    if (there !== false) {
      logger.warn(`Redis cannot be reached (${error.message || error.code}): going on without it`);
    }
    there = false;
  });
}

@Module({})
export class ReplicasModule {
  /** @param config the configuration of the application, in which the secret of its client is */
  static of(application: Application, config: InjectionToken): DynamicModule {
    const useFactory = ({ clientSecret }: { clientSecret: string }) =>
      joinReplicas(application, clientSecret);
    return {
      module: ReplicasModule,
      providers: [{ provide: Replicas, inject: [config], useFactory }],
      exports: [Replicas],
    };
  }
}
