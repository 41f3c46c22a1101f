import { AccessTokenError } from '../../common/access-token.error.js';
import { see } from '../../common/see.js';

/**
 * A token that is bound to a key (DPoP) could not be sent, as there was no proof of the key. Nothing was
 * sent: without the proof the token would be sent as if it were not bound.
 */
export class DPoPProofError extends AccessTokenError {
  override readonly name = 'DPoPProofError';
  readonly code = 'dpop_proof_failed';

  constructor(
    /** The named client that was used. */
    readonly client: string,
    /** What happened, for people. Not what was thrown, which may hold what must not be seen. */
    readonly reason: string,
  ) {
    super(
      `Client '${client}' made no DPoP proof, so that its token was not sent: ${reason}. ${see('errors', 'dpop_proof_failed')}`,
    );
  }
}
