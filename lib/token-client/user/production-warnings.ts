import type { Logger } from '@nestjs/common';
import type { TokenClientRegistry } from '../token-client.registry.js';
import { SessionUserTokenStore } from './session-user-token.store.js';

/** What is good enough for development, and not for more. */
export function warnInProduction(
  { userTokenStore: store, replicas }: Pick<TokenClientRegistry, 'userTokenStore' | 'replicas'>,
  clientId: string,
  logger: Logger,
): void {
  if (process.env['NODE_ENV'] !== 'production') return;
  if (!store) {
    logger.warn(
      `user_token_store_memory: The tokens of the users of '${clientId}' are kept in the memory of this process, and lost with it. Give TokenClientModule a userTokenStore.`,
    );
  }
  if (store instanceof SessionUserTokenStore && !replicas.sealer) {
    logger.warn(
      `user_tokens_not_encrypted: The tokens of the users of '${clientId}' are kept with the sessions as they are. Give TokenClientModule encryptionKeys, or 'none' where that is meant.`,
    );
  }
}
