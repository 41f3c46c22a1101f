import type { Logger } from '@nestjs/common';
import { isInProcess, isOutside } from '../user-tokens/store-reach.js';
import type { TokenClientRegistry } from './token-client.registry.js';
import { KeyvUserTokenStore } from '../user-tokens/keyv-user-token.store.js';
import { SessionUserTokenStore } from '../user-tokens/session-user-token.store.js';

/** What is good enough for development, and not for more. */
export function warnInProduction(
  {
    userTokenStore: store,
    userTemplate,
    replicas,
  }: Pick<TokenClientRegistry, 'userTokenStore' | 'userTemplate' | 'replicas'>,
  logger: Logger,
): void {
  const { credentials, dpop } = userTemplate;
  const { clientId } = credentials;
  if (process.env['NODE_ENV'] !== 'production') return;
  if (!store) {
    logger.warn(
      `user_token_store_memory: The tokens of the users of '${clientId}' are kept in the memory of this process, and lost with it. Give TokenClientModule a userTokenStore.`,
    );
  }
  const canCompare = store instanceof KeyvUserTokenStore && store.backend.replace !== undefined;
  const mayRace = isOutside(store) || store instanceof SessionUserTokenStore;
  if (mayRace && !canCompare && !replicas.lock) {
    logger.warn(
      `user_tokens_without_lock: The tokens of the users of '${clientId}' are kept where writing on a condition takes a lock. Where there are several replicas, give TokenClientModule a tokenLock, or a userTokenStore over a RedisStore.`,
    );
  }
  if (store && dpop && dpop.sharedId === undefined) {
    logger.warn(
      `dpop_key_not_shared: The tokens of the users of '${clientId}' are bound to a key that each process makes for itself: another, or the same after a restart, cannot use them. Give dpop a key.`,
    );
  }
  if (store && !isInProcess(store) && !replicas.sealer) {
    logger.warn(
      `user_tokens_not_encrypted: The tokens of the users of '${clientId}' leave the process as they are. Give TokenClientModule encryptionKeys, or 'none' where that is meant.`,
    );
  }
}
