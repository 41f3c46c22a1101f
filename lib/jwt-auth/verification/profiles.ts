import { InvalidTokenError } from '../errors.js';
import type { DecodedToken } from './decode-token.js';
import { isTypedAccessToken } from './token-type.js';

/** RFC 9068 section 2.2; `iss`, `exp` and `aud` are checked anyway. */
const REQUIRED_TEXTS = ['sub', 'client_id', 'jti'];

/**
 * Checks what RFC 9068 asks for beyond what every access token needs: its `typ` (section 2.1) and its required
 * claims (section 2.2). A `nonce` belongs into ID tokens only.
 *
 * @throws {InvalidTokenError}
 */
export function checkProfile({ header, claims }: DecodedToken): void {
  if (!isTypedAccessToken(header)) {
    throw new InvalidTokenError('kind', 'typ is not at+jwt, which RFC 9068 requires');
  }
  if (claims['nonce'] !== undefined) throw new InvalidTokenError('kind', 'claim nonce');
  const missing = REQUIRED_TEXTS.find(
    (name) => typeof claims[name] !== 'string' || claims[name] === '',
  );
  if (missing) throw new InvalidTokenError('claims', `no ${missing}, which RFC 9068 requires`);
  if (claims['iat'] === undefined)
    throw new InvalidTokenError('claims', 'no iat, which RFC 9068 requires');
}
