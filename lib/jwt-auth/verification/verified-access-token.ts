import { inspect } from 'node:util';
import { VerifiedMark } from '../../common/verified-token.js';
import type { AccessToken } from './access-token.js';
import type { MappedClaims } from './claim-mapping.js';
import type { JwtClaims } from './decode-token.js';
import { clientIdOf } from './client-names.js';
import type { SubjectKind } from './subject-kind.js';

/** What verification has found out about a token. */
export interface TokenAttributes extends MappedClaims {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly claims: JwtClaims;
  readonly subjectKind: SubjectKind;
  readonly expiresAtSeconds: number;
}

/** The only implementation of {@link AccessToken}. */
export class VerifiedAccessToken extends VerifiedMark implements AccessToken {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly clientId: string | undefined;
  readonly audience: readonly string[];
  readonly scopes: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  readonly permissions: ReadonlySet<string>;
  readonly isUser: boolean;
  readonly isClient: boolean;
  readonly claims: JwtClaims;
  readonly #raw: string;
  readonly #expiresAtSeconds: number;

  /** The same token with the claims as they were verified, where a schema has made others of them. */
  readonly #verified: VerifiedAccessToken;

  constructor(
    raw: string,
    attributes: TokenAttributes,
    verified?: VerifiedAccessToken,
    shown = attributes.claims,
  ) {
    super();
    // Whom it speaks for is read from what was verified, whatever a schema leaves of it.
    const { claims, subjectKind } = attributes;
    this.issuer = attributes.issuer;
    this.subject = textOf(claims['sub']);
    this.clientId = clientIdOf(claims);
    this.audience = Object.freeze([...attributes.audience]);
    this.scopes = attributes.scopes;
    this.roles = attributes.roles;
    this.permissions = attributes.permissions;
    this.isUser = subjectKind === 'user';
    this.isClient = subjectKind === 'client';
    this.claims = shown;
    this.#verified = verified ?? this;
    this.#raw = raw;
    this.#expiresAtSeconds = attributes.expiresAtSeconds;
    Object.freeze(this);
  }

  /** With the claims as they were verified. */
  get verified(): VerifiedAccessToken {
    return this.#verified;
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

  hasRole(role: string): boolean {
    return this.roles.has(role);
  }

  hasPermission(permission: string): boolean {
    return this.permissions.has(permission);
  }

  /** So that no way of printing it calls the getter of the token. */
  [inspect.custom](): object {
    return this.toJSON();
  }

  /** Sets are nothing in JSON, so they become lists. */
  toJSON(): object {
    const { issuer, subject, clientId, audience, isUser, isClient, claims, expiresAt } = this;
    const [scopes, roles, permissions] = [[...this.scopes], [...this.roles], [...this.permissions]];
    const rights = { scopes, roles, permissions, isUser, isClient };
    return { issuer, subject, clientId, audience, ...rights, claims, expiresAt };
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
