import type { Logger } from '@nestjs/common';
import type { UserReference } from '../common/current-request.js';
import { tokenRequestOf } from '../authorization-server/token-request.factory.js';
import type { UserTokenRuntime } from './user-token.runtime.js';
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

/** Revokes what a record holds. Tells in the log what could not be revoked; signing out goes on. */
export async function revokeTokensOf(
  record: UserTokenRecord | undefined,
  { token = 'both' }: RevokeOptions,
  { endpoint, userTemplate }: Pick<UserTokenRuntime, 'endpoint' | 'userTemplate'>,
  logger: Logger,
): Promise<Revocation> {
  if (!record) return { refreshToken: 'none', accessTokens: 'none' };
  const { request } = tokenRequestOf(userTemplate);
  const revocation = await revokeAll(record, token, (one, hint) =>
    endpoint.revoke(request, one, hint, 'forRoot'),
  );
  if (Object.values(revocation).includes('failed')) {
    logger.warn(
      'user_token_revocation_failed: A user signs out, but tokens could not be revoked: they stay valid until they end.',
    );
  }
  return revocation;
}

async function revokeAll(
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
