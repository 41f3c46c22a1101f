import type { UserReference } from '../common/current-request.js';
import { oneLine } from '../common/excerpt.js';
import { shownUrl } from '../common/secure-url.js';
import { TaskAborted } from '../common/detached-tasks.js';
import { refreshTokenGrant } from '../authorization-server/grant.js';
import type { TokenRequest } from '../authorization-server/token-request.js';
import { TokenEndpointUnavailableError } from '../authorization-server/errors.js';
import type { IssuedToken } from '../authorization-server/issued-token.js';
import { tokenBindingOf } from './token-binding.js';
import { accessTokenKey, toIssuedToken } from './user-token-record.js';
import { UserReferenceError } from './user-reference.error.js';
import { ReauthenticationRequiredError } from './user-token.errors.js';
import type { StoredAccessToken } from './user-token.store.js';

/** What the token of a user is wanted with. */
export interface UserTokenLookup {
  readonly client: string;
  readonly user: UserReference;
  readonly request: TokenRequest;
  readonly force?: boolean | undefined;
  readonly rejected?: IssuedToken | undefined;
}

/** There is nobody any more whose token could be handed out, whether it lives or not. */
export class UserGoneError extends Error {}

/** Whether there is nobody whose token that is: signed out, or somebody else has signed in under that key. */
export function isGone(error: unknown): boolean {
  return error instanceof UserGoneError || error instanceof UserReferenceError;
}

/** Whether this very token will not do, although it lives. */
export function isRejected(
  { accessToken }: StoredAccessToken,
  { force, rejected }: UserTokenLookup,
): boolean {
  return force === true || rejected?.accessToken === accessToken;
}

/** Whoever wants the same at the same time waits for the same. */
export function flightKey(
  { user, request, force }: UserTokenLookup,
  waitForOthers: boolean,
): string {
  return JSON.stringify([user.key, accessTokenKey(request), force ?? false, waitForOthers]);
}

/** A stored token, with what it is bound to. */
export async function handOut(
  token: StoredAccessToken,
  { request, client }: UserTokenLookup,
): Promise<IssuedToken> {
  return toIssuedToken(token, await tokenBindingOf(request, client));
}

/** The request that spends a refresh token for it. */
export function refreshOf({ request, user }: UserTokenLookup, refreshToken: string): TokenRequest {
  return { ...request, grant: refreshTokenGrant(refreshToken, user.key) };
}

/** What callers get to see. */
export function toPublicError(error: unknown, lookup: UserTokenLookup): unknown {
  if (error instanceof UserGoneError) return reauthenticationRequired(lookup, error.message);
  if (!(error instanceof TaskAborted)) return error;
  const { server } = lookup.request;
  const endpoint = 'issuer' in server ? oneLine(server.issuer) : shownUrl(server.tokenEndpoint);
  const reason = `${endpoint}: ${error.message}`;
  return new TokenEndpointUnavailableError({ client: lookup.client, endpoint, reason });
}

export function reauthenticationRequired(
  { client }: UserTokenLookup,
  reason: string,
): ReauthenticationRequiredError {
  return new ReauthenticationRequiredError(client, reason);
}

/** The same, where it is the authorization server that has ended it. */
export function refusedByServer(
  { client }: UserTokenLookup,
  reason: string,
): ReauthenticationRequiredError {
  return new ReauthenticationRequiredError(client, reason, true);
}
