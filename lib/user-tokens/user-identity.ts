import { decodeJwt } from 'jose';

/** Who a user is, as far as it is known. */
export interface UserIdentity {
  readonly issuer?: string | undefined;
  readonly subject?: string | undefined;
}

/**
 * What an ID token says about who it is. Its signature is the business of whoever got it.
 *
 * @throws {TypeError} it is not a JWT
 */
export function identityIn(idToken: string | undefined): UserIdentity {
  if (idToken === undefined) return {};
  try {
    const { iss, sub } = decodeJwt(idToken);
    return { issuer: textOf(iss), subject: textOf(sub) };
  } catch {
    throw new TypeError('UserTokenService.store: idToken is not a JWT.');
  }
}

/**
 * Who the user is whose tokens are to be kept. What one of both does not say, the other may.
 *
 * @throws {TypeError} where the ID token is about somebody else
 */
export function sameIdentity(user: UserIdentity, idToken: UserIdentity): Required<UserIdentity> {
  if (areDifferent(user, idToken)) {
    throw new TypeError(
      'UserTokenService.store: the ID token is about somebody else than the current user.',
    );
  }
  return { issuer: user.issuer ?? idToken.issuer, subject: user.subject ?? idToken.subject };
}

/** Whether two are known, and not to be the same. */
export function areDifferent(one: UserIdentity, other: UserIdentity): boolean {
  return differ(one.issuer, other.issuer) || differ(one.subject, other.subject);
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
