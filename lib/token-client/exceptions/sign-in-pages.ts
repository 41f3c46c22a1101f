/**
 * Where a user can sign in, for whoever answers a request that failed for want of one. Provided by `UserLoginModule`.
 */
export abstract class SignInPages {
  /**
   * Whether nobody is signed in, or somebody for whom no token can be had any more.
   *
   * @throws {UserTokenStoreError}
   */
  abstract isOver(request: object): Promise<boolean>;

  /** The URL to sign in at, and to come back from to a page. */
  abstract loginURLFor(page: string): string;
}
