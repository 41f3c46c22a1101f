import type { TokenClientModuleOptions } from 'nestjs-access-tokens';
import type { ReplicaSetting } from '../replica/replica.orders.js';

/** A key as `openssl rand -base64 32` makes one, the same for each name. */
export function keyOf(name: string): string {
  return Buffer.from(name.padEnd(32, ' of a test')).toString('base64').slice(0, 43) + '=';
}

/** How a replica can reach Redis, for `describe.each`. */
export const WAYS = ['ioredis', 'node-redis', 'keyv'] as const;

/** Several replicas of one application. */
export function replicas(
  count: number,
  redisUrl: string,
  options: TokenClientModuleOptions,
  how: Partial<Pick<ReplicaSetting, 'over' | 'lock'>> = {},
): ReplicaSetting[] {
  const shared = { clientId: 'web', clientSecret: 'web-secret', encryptionKeys: [keyOf('one')] };
  const setting = {
    redisUrl,
    over: 'ioredis',
    ...how,
    options: { ...shared, ...options },
  } as const;
  return Array.from({ length: count }, () => setting);
}

/** Named clients, each with a token of its own. */
export function clientsOf(names: readonly string[]): TokenClientModuleOptions['clients'] {
  return Object.fromEntries(
    names.map((name) => [name, { baseURL: 'https://api.example.com', scope: name }]),
  );
}
