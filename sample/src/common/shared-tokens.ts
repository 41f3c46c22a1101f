import type { TokenClientModuleOptions } from 'nestjs-access-tokens';
import { environment } from './environment.js';

/** Options of TokenClientModule for the replicas of an application: with REDIS_URL they share their tokens, without it none. */
export function sharedTokens(
  application: 'gateway' | 'web',
  clientSecret: string,
): Pick<TokenClientModuleOptions, 'redis' | 'redisKeyPrefix' | 'encryptionKeys'> | undefined {
  const redis = environment.redisUrl();
  if (!redis) {
    return undefined;
  }
  const encryptionKeys = environment.tokenEncryptionKeys(clientSecret);
  return { redis, redisKeyPrefix: `${application}:`, encryptionKeys };
}
