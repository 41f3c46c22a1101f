import type { Logger } from '@nestjs/common';
import { isInProcess } from '../user-tokens/store-reach.js';
import type { TokenClientRegistry } from './token-client.registry.js';
import { ApplicationUserTokenStore } from '../user-tokens/application-user-token.store.js';
import { KeyvUserTokenStore } from '../user-tokens/keyv-user-token.store.js';
import { sealedStore } from '../user-tokens/sealed-user-token.store.js';
import { StoreCircuitBreaker } from '../user-tokens/store-circuit-breaker.js';
import type { UserTokenStore } from '../user-tokens/user-token.store.js';
import { UserTokens } from '../user-tokens/user-tokens.js';
import { UserTokenWriter } from '../user-tokens/user-token-writer.js';

/** For the store, beside the time of the token request itself. */
const STORE_LIMIT_MS = 5_000;

/** What works with the tokens of users in a store: encrypted, with time limits, and shared as far as the store is. */
export function userTokenEngine(
  store: UserTokenStore,
  registry: TokenClientRegistry,
  logger: Logger,
): { writer: UserTokenWriter; tokens: UserTokens } {
  const { replicas, settings } = registry;
  const { lock, sealer, application } = replicas;
  const { timeoutMs } = settings.backchannel;
  if (lock && store instanceof KeyvUserTokenStore) store.guardWith(lock);
  const guard = new StoreCircuitBreaker(
    Math.min(timeoutMs, STORE_LIMIT_MS),
    settings.clock,
    logger,
  );
  const sealed = sealedStore(store, sealer, application);
  const apart = new ApplicationUserTokenStore(sealed, application);
  const writer = new UserTokenWriter(apart, guard, settings.clock);
  const turns = {
    lock,
    application,
    // A store that cannot compare is no worse off with notes.
    shared: lock !== undefined || !isInProcess(store),
    clock: settings.clock,
    turnMs: timeoutMs + STORE_LIMIT_MS,
    storeMs: STORE_LIMIT_MS,
  };
  return { writer, tokens: new UserTokens(writer, registry, turns) };
}
