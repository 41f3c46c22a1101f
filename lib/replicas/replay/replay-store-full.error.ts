import { AccessTokenError } from '../../common/access-token.error.js';
import { see } from '../../common/see.js';

/**
 * Thrown by a `MemoryReplayStore` that is full of what is not over yet. To forget any of it would let it be used again, so
 * nothing more is let in until some of it is over.
 */
export class ReplayStoreFullError extends AccessTokenError {
  override readonly name = 'ReplayStoreFullError';
  readonly code = 'replay_store_full';

  constructor(
    /** How many entries the store holds. */
    readonly maxEntries: number,
  ) {
    super(
      `The replay store holds ${maxEntries} entries, and none of them is over. ${see('errors', 'replay_store_full')}`,
    );
  }
}
