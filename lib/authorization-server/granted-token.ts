import type { IssuedToken } from './issued-token.js';

/** A token, and from when on its life is counted. */
export interface GrantedToken {
  readonly token: IssuedToken;
  /** When the request for it was sent, in milliseconds since the epoch. */
  readonly requestedAt: number;
  /** Whether another replica has got it. */
  readonly shared?: true;
  /** What comes with the token of a user. */
  readonly refreshToken?: string | undefined;
  /** As it came: nothing in it has been checked. */
  readonly idToken?: string | undefined;
}
