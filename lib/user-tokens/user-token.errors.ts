import { AccessTokenError } from '../common/access-token.error.js';
import { see } from '../common/see.js';
import { NoTokenError } from '../authorization-server/errors.js';

/**
 * The token of the user has ended and cannot be had without the user, who has to sign in again. Nothing
 * was sent, and nothing more is asked for until then.
 */
export class ReauthenticationRequiredError extends NoTokenError {
  override readonly name = 'ReauthenticationRequiredError';
  readonly code = 'reauthentication_required';
  readonly #byServer: boolean;

  constructor(
    /** The named client that was to get a token. */
    readonly client: string,
    /** What happened, for people. */
    readonly reason: string,
    byServer = false,
  ) {
    super(
      `Client '${client}' got no token of the user: ${reason}. The user has to sign in again. ${see('errors', 'reauthentication_required')}`,
    );
    this.#byServer = byServer;
  }

  /** @internal Whether the authorization server has said so. */
  get byServer(): boolean {
    return this.#byServer;
  }

  /** @internal */
  override forClient(client: string): ReauthenticationRequiredError {
    return new ReauthenticationRequiredError(client, this.reason, this.#byServer);
  }
}

/** A call was to be made in the name of a user, and there is none, or none who is sure. Nothing was sent. */
export class NoUserError extends NoTokenError {
  override readonly name = 'NoUserError';
  readonly code = 'no_user';
  readonly #advice: string;

  constructor(
    /** The named client that was to get a token. */
    readonly client: string,
    /** What is missing, for people. */
    readonly reason = 'no user is signed in, and no access token of a user came with the request',
    advice = "Outside of requests, use runAs; where a call may do without a user, set withoutUser to 'client'.",
  ) {
    super(
      `Client '${client}' sends the token of the current user: ${reason}. ${advice} ${see('errors', 'no_user')}`,
    );
    this.#advice = advice;
  }

  /** @internal */
  override forClient(client: string): NoUserError {
    return new NoUserError(client, this.reason, this.#advice);
  }
}

/** The store of user tokens failed. What could not be written is kept in memory, and tried again with the next call. */
export class UserTokenStoreError extends AccessTokenError {
  override readonly name = 'UserTokenStoreError';
  readonly code = 'user_token_store_failed';

  constructor(
    /** What was to be done. */
    readonly operation: 'read' | 'write' | 'delete',
    /** What happened, for people. */
    readonly reason: string,
  ) {
    super(
      `The store of user tokens could not ${operation} a record: ${reason}. ${see('errors', 'user_token_store_failed')}`,
    );
  }
}
