import { AccessTokenError } from '../../common/access-token.error.js';
import { TenantUnresolvedError } from '../calls/call.errors.js';
import { NoTokenError } from '../../authorization-server/errors.js';
import { clientOfFailedCall } from '../axios/failed-call.js';
import { UserReferenceError } from '../../user-tokens/user-reference.error.js';
import { UserTokenStoreError } from '../../user-tokens/user-token.errors.js';

/**
 * What went wrong between this application and others, or for want of a user: all that `instanceof` says yes to. Not what
 * answers by itself, as HTTP exceptions do, nor what is a mistake in the application.
 */
export abstract class Answerable extends Error {
  static override [Symbol.hasInstance](value: unknown): value is Answerable {
    return (
      clientOfFailedCall(value) !== undefined ||
      (value instanceof AccessTokenError &&
        (value instanceof NoTokenError ||
          value instanceof UserTokenStoreError ||
          value instanceof TenantUnresolvedError ||
          // Somebody else's tokens are there: whoever has this session is not signed in any more.
          (value instanceof UserReferenceError && value.fault === 'contradiction')))
    );
  }
}
