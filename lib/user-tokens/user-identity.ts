/** Who a user is, as far as it is known. */
export interface UserIdentity {
  readonly issuer?: string | undefined;
  readonly subject?: string | undefined;
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
