import type { AccessToken } from './access-token.js';
import type { JwtClaims } from './verification/decode-token.js';

/** Servers from before RFC 9068 name the client differently: OpenID Connect, Okta, Microsoft Entra v1. */
const CLIENT_CLAIMS = ['client_id', 'azp', 'cid', 'appid'];

/** What verification has found out about a token. */
export interface VerifiedFacts {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly scopes: ReadonlySet<string>;
  readonly claims: JwtClaims;
  readonly expiresAtSeconds: number;
}

/** The only implementation of {@link AccessToken}. */
export class VerifiedAccessToken implements AccessToken {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly clientId: string | undefined;
  readonly audience: readonly string[];
  readonly scopes: ReadonlySet<string>;
  readonly claims: JwtClaims;
  readonly #raw: string;
  readonly #expiresAtSeconds: number;

  constructor(raw: string, { issuer, audience, scopes, claims, expiresAtSeconds }: VerifiedFacts) {
    this.issuer = issuer;
    this.subject = textOf(claims['sub']);
    this.clientId = CLIENT_CLAIMS.map((name) => textOf(claims[name])).find(
      (id) => id !== undefined,
    );
    this.audience = Object.freeze([...audience]);
    this.scopes = scopes;
    this.claims = claims;
    this.#raw = raw;
    this.#expiresAtSeconds = expiresAtSeconds;
    Object.freeze(this);
  }

  /** A new `Date` each time: nobody can move the end of a token that others look at as well. */
  get expiresAt(): Date {
    return new Date(this.#expiresAtSeconds * 1000);
  }

  get raw(): string {
    return this.#raw;
  }

  hasScope(scope: string): boolean {
    return this.scopes.has(scope);
  }

  toJSON(): object {
    const { issuer, subject, clientId, audience, claims, expiresAt } = this;
    return { issuer, subject, clientId, audience, scopes: [...this.scopes], claims, expiresAt };
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
