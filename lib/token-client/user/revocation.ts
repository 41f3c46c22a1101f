import type { UserReference } from '../../common/current-request.js';
import type { UserTokenRecord } from './user-token.store.js';

/** What {@link UserTokenService.revoke} is to do. */
export interface RevokeOptions {
  /** Which tokens are revoked. All are forgotten. @defaultValue 'both' */
  token?: 'refresh' | 'access' | 'both' | undefined;
  /** Whose tokens. @defaultValue the current user's */
  user?: UserReference | string | undefined;
}

/**
 * What became of tokens that were to be revoked: the server has done it, it failed, the server has no
 * place for that, or there was nothing to do.
 */
export type RevocationOutcome = 'revoked' | 'failed' | 'unsupported' | 'none';

/** What {@link UserTokenService.revoke} has done. */
export interface Revocation {
  readonly refreshToken: RevocationOutcome;
  readonly accessTokens: RevocationOutcome;
}

type Revoke = (token: string, hint: 'refresh_token' | 'access_token') => Promise<boolean>;

export async function revokeAll(
  { refreshToken, accessTokens }: UserTokenRecord,
  which: 'refresh' | 'access' | 'both',
  revoke: Revoke,
): Promise<Revocation> {
  const refresh = which === 'access' || refreshToken === undefined ? [] : [refreshToken];
  const access =
    which === 'refresh' ? [] : Object.values(accessTokens).map(({ accessToken }) => accessToken);
  // One after the other: with the refresh token, servers revoke the others by themselves.
  return {
    refreshToken: await outcomeOf(refresh, (token) => revoke(token, 'refresh_token')),
    accessTokens: await outcomeOf(access, (token) => revoke(token, 'access_token')),
  };
}

async function outcomeOf(
  tokens: readonly string[],
  revoke: (token: string) => Promise<boolean>,
): Promise<RevocationOutcome> {
  if (tokens.length === 0) return 'none';
  const settled = await Promise.allSettled(tokens.map(revoke));
  if (settled.some(({ status }) => status === 'rejected')) return 'failed';
  return settled.some((one) => one.status === 'fulfilled' && !one.value)
    ? 'unsupported'
    : 'revoked';
}
