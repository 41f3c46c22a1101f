import { inspect } from 'node:util';
import { frozenSet } from '../common/frozen-set.js';

/** What an {@link IssuedToken} is made of. */
export interface IssuedTokenMembers {
  accessToken: string;
  tokenType: string;
  expiresAt: Date;
  scopes: Iterable<string>;
}

/**
 * An access token as the authorization server gave it out (RFC 6749 section 5.1).
 *
 * The token itself is there for whoever asks for {@link IssuedToken.accessToken}, and for nobody else:
 * it is not enumerable, and `util.inspect`, `JSON.stringify`, `String` and a log line show the rest only.
 */
export class IssuedToken {
  readonly #accessToken: string;
  readonly #tokenType: string;
  readonly #expiresAt: number;
  readonly #scopes: ReadonlySet<string>;

  constructor(members: IssuedTokenMembers) {
    this.#accessToken = members.accessToken;
    this.#tokenType = members.tokenType;
    this.#expiresAt = members.expiresAt.getTime();
    this.#scopes = frozenSet(members.scopes);
  }

  /** The secret itself, to be sent in an `Authorization` header and kept out of everything else. */
  get accessToken(): string {
    return this.#accessToken;
  }

  /** How the token is sent, spelled as the `Authorization` header wants it. Always `Bearer` for now. */
  get tokenType(): string {
    return this.#tokenType;
  }

  /**
   * When the token ends, as far as one can know: counted from the start of the token request. Where the
   * server says nothing, the `exp` of a JWT, else five minutes. Never more than 24 hours ahead.
   */
  get expiresAt(): Date {
    // A new one each time: a Date can be changed, and the token is shared.
    return new Date(this.#expiresAt);
  }

  /** The scopes that were granted; those that were asked for where the server does not say. */
  get scopes(): ReadonlySet<string> {
    return this.#scopes;
  }

  toJSON(): { tokenType: string; expiresAt: string; scopes: string[] } {
    return {
      tokenType: this.#tokenType,
      expiresAt: this.expiresAt.toISOString(),
      scopes: [...this.#scopes],
    };
  }

  toString(): string {
    return `IssuedToken ${JSON.stringify(this)}`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
