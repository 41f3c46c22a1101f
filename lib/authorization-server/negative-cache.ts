import { remainingMs } from '../common/remaining.js';
import { TokenRequestError } from './errors.js';
import type { Grant } from './grant.js';

export const REFUSAL_MS = 30_000;
const REFRESH = 'refresh_token';
/** What is about a grant of the client, whatever it asks for; or about the user in whose name it asks. */
const GRANT_REFUSALS: ReadonlySet<string> = new Set([
  'unauthorized_client',
  'unsupported_grant_type',
]);
/** What asking for the same again does not change. Anything else may be gone with the next attempt. */
const LASTING: ReadonlySet<string> = new Set([
  ...GRANT_REFUSALS,
  'access_denied',
  'invalid_client',
  'invalid_scope',
]);

/** The many ways in which servers say that a refresh token is worth nothing any more, or its user not allowed any more. */
const REFRESH_TOKEN_OVER: ReadonlySet<string> = new Set([
  'access_denied',
  'bad_refresh_token',
  'consent_required',
  'expired_token',
  'interaction_required',
  'invalid_grant',
  'invalid_refresh_token',
  'invalid_request',
  'invalid_token',
  'login_required',
  'unauthorized_client',
]);

/** Whether a refused refresh is about the refresh token, which is then not to be shown to the server again. */
export function isRefreshTokenOver(error: unknown): boolean {
  return (
    error instanceof TokenRequestError &&
    error.grantType === REFRESH &&
    REFRESH_TOKEN_OVER.has(error.oauthError)
  );
}

/**
 * What a refusal is about, and so what it stops: a hundred tokens are no reason for a hundred attempts, and the refusal of
 * one user is no reason to refuse all. Nothing where it is about this one request of the application itself.
 */
export function scopeOf(
  error: TokenRequestError,
  { subject }: Grant,
): 'client' | 'grant' | 'subject' | undefined {
  const { oauthError } = error;
  // The next refresh token of the same user may be good.
  if (isRefreshTokenOver(error)) return undefined;
  if (oauthError === 'invalid_client') return 'client';
  // Servers such as Keycloak say so as well where it is this user, or this token, that is not allowed to.
  if (subject) return LASTING.has(oauthError) ? 'subject' : undefined;
  return GRANT_REFUSALS.has(oauthError) ? 'grant' : undefined;
}

/** Whether a refusal is about the grant, and not about who asks. */
export function refusesGrant(error: unknown): boolean {
  return error instanceof TokenRequestError && GRANT_REFUSALS.has(error.oauthError);
}

/** A refusal that is remembered for 30 s, so that a wrong secret locks no account and floods no server. */
export class NegativeCacheEntry {
  private constructor(
    readonly error: TokenRequestError,
    private readonly until: number,
  ) {}

  /** Nothing for errors that are not worth remembering. */
  static of(error: unknown, now: number): NegativeCacheEntry | undefined {
    return error instanceof TokenRequestError && LASTING.has(error.oauthError)
      ? new NegativeCacheEntry(error, now + REFUSAL_MS)
      : undefined;
  }

  get endsAt(): Date {
    return new Date(this.until);
  }

  stands(now: number): boolean {
    return remainingMs(this.until, now, REFUSAL_MS) > 0;
  }
}
