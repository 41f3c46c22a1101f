import { inspect } from 'node:util';
import { frozenSet } from '../common/frozen-set.js';
import type { TlsIdentity } from './client-authentication/client-credentials.js';
import type { DPoPKey } from './dpop/dpop-key.js';
import { NO_EXTRA, extraMembers, type ExtraMembers } from './extra-members.js';
import type { TokenType } from './token-type.js';

/** @internal What whoever sends a token has to have besides: the key or the certificate that it is bound to. */
export interface TokenBinding {
  readonly dpop: DPoPKey | undefined;
  readonly tls: TlsIdentity | undefined;
}

/** Asks Entra for whatever an API has to give, and is never granted under this name. */
const EVERYTHING = '/.default';
const NONE: readonly string[] = Object.freeze([]);
/** Not as strict as RFC 6749 section 3.3, only fit to be shown, and no longer than any sensible name. */
const SCOPE = /^[\x21-\x7e]{1,1000}$/;

/** What an {@link IssuedToken} is made of. */
export interface IssuedTokenMembers {
  accessToken: string;
  tokenType: TokenType;
  expiresAt: Date;
  scopes: Iterable<string>;
  /** The scopes that were asked for. Default: those that were granted. */
  requestedScopes?: Iterable<string> | undefined;
  /** What the answer says besides; tokens are left out. @defaultValue none */
  extra?: ExtraMembers | undefined;
  /** @internal */
  possession?: TokenBinding | undefined;
}

/**
 * An access token as the authorization server gave it out (RFC 6749 section 5.1).
 *
 * The token itself is there for whoever asks for {@link IssuedToken.accessToken}, and for nobody else:
 * it is not enumerable, and `util.inspect`, `JSON.stringify`, `String` and a log line show the rest only.
 */
export class IssuedToken {
  readonly #accessToken: string;
  readonly #tokenType: TokenType;
  readonly #expiresAt: number;
  readonly #granted: readonly string[];
  /** Made for those who look: thousands of tokens are kept, and most are only sent. */
  #scopes: ReadonlySet<string> | undefined;
  readonly #missing: readonly string[];
  readonly #extra: ExtraMembers;
  readonly #possession: TokenBinding | undefined;

  constructor(members: IssuedTokenMembers) {
    this.#accessToken = members.accessToken;
    this.#tokenType = members.tokenType;
    this.#expiresAt = members.expiresAt.getTime();
    // Once, as it may be an iterator.
    const given = [...members.scopes];
    this.#granted = given.filter((scope) => SCOPE.test(scope));
    const missing = [...(members.requestedScopes ?? [])].filter(
      (scope) => !given.includes(scope) && !scope.endsWith(EVERYTHING),
    );
    this.#missing = missing.length > 0 ? Object.freeze(missing) : NONE;
    this.#extra = members.extra ? extraMembers(members.extra, [members.accessToken]) : NO_EXTRA;
    this.#possession = members.possession && Object.freeze(members.possession);
    // Everybody who uses the token has this very object.
    Object.freeze(this);
  }

  /** The secret itself, to be sent in an `Authorization` header and kept out of everything else. */
  get accessToken(): string {
    return this.#accessToken;
  }

  /** How the token is sent, spelled as the `Authorization` header wants it. `Bearer` or `DPoP`. */
  get tokenType(): TokenType {
    return this.#tokenType;
  }

  /**
   * When the token ends, as far as one can know: counted from the start of the token request. Where the
   * server says nothing, the `exp` of a JWT, else `defaultLifetimeSeconds`, which is five minutes. Never more than 24 hours ahead.
   */
  get expiresAt(): Date {
    // A new one each time: a Date can be changed, and the token is shared.
    return new Date(this.#expiresAt);
  }

  /** The scopes that were granted; those that were asked for where the server does not say. */
  get scopes(): ReadonlySet<string> {
    return (this.#scopes ??= frozenSet(this.#granted));
  }

  /** The scopes that were asked for and not granted. */
  get missingScopes(): readonly string[] {
    return this.#missing;
  }

  /**
   * The other texts and numbers of the answer, by their names there: `instance_url` of Salesforce, `issued_token_type`. Frozen.
   * Never tokens or secrets, 20 members at most, and 4 kB of them. Not shown by `toJSON` and `util.inspect`.
   */
  get extra(): ExtraMembers {
    return this.#extra;
  }

  /** @internal What it is bound to. */
  get possession(): TokenBinding | undefined {
    return this.#possession;
  }

  toJSON(): { tokenType: string; expiresAt: string; scopes: string[] } {
    return {
      tokenType: this.#tokenType,
      expiresAt: this.expiresAt.toISOString(),
      scopes: [...this.scopes],
    };
  }

  toString(): string {
    return `IssuedToken ${JSON.stringify(this)}`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
