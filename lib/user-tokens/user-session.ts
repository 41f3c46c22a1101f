import type { JWTPayload } from 'jose';
import { claimsIn } from './id-token.js';
import type { UserTokenRecord } from './user-token.store.js';

/** What is known about the current user and the tokens kept for them. No tokens in it: fit to be shown. */
export interface UserSession {
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
  /** The claims of the ID token. */
  readonly claims: Readonly<JWTPayload>;
  readonly accessTokens: readonly {
    readonly scopes: readonly string[];
    readonly expiresAt: Date;
  }[];
  /** Whether access tokens can be renewed without the user. */
  readonly renewable: boolean;
  /** Whether the authorization server has ended it, so that the user has to sign in again. */
  readonly ended: boolean;
}

export function sessionOf(record: UserTokenRecord): UserSession {
  const { issuer, subject, idToken, accessTokens, refreshToken, ended } = record;
  return {
    issuer,
    subject,
    claims: claimsIn(idToken),
    accessTokens: Object.values(accessTokens).map(({ scopes, expiresAt }) => ({
      scopes,
      expiresAt: new Date(expiresAt),
    })),
    renewable: refreshToken !== undefined && !ended,
    ended,
  };
}

/** Whether no token can be had any more without the user: each has ended, and there is nothing to renew them with. */
export function isOver({ ended, renewable, accessTokens }: UserSession, now: number): boolean {
  return ended || (!renewable && accessTokens.every(({ expiresAt }) => expiresAt.getTime() <= now));
}
