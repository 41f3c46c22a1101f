import { createHmac, createPublicKey } from 'node:crypto';
import type { ResolvedIssuer } from '../../jwt-auth/options/resolved-issuer.js';
import { nameOf } from '../../jwt-auth/verification/claim-path.js';
import { signed, unsigned } from '../compact.js';
import { SigningKey } from '../signing-key.js';
import type { Sent } from './sent.js';
import { headerOf, payloadOf, type TestTokenClaims } from '../token-claims.js';

type Members = Record<string, unknown>;

/** Somebody who knows what everybody knows of an issuer, and has tokens of it that are not for this application. */
export class Attacker {
  readonly #own: SigningKey;
  readonly #made = new Map<string, Sent>();

  constructor(
    readonly rules: ResolvedIssuer,
    private readonly key: SigningKey,
    readonly nowSeconds: number,
    /** What the tokens allow. */
    private readonly scopes: readonly string[],
  ) {
    this.#own = new SigningKey(key.algorithm);
  }

  /** What was made under this name before, as signing takes its time. */
  once(name: string, make: () => Sent | undefined): Sent | undefined {
    const made = this.#made.get(name) ?? make();
    if (made) this.#made.set(name, made);
    return made;
  }

  /** A token that the issuer has signed. It is good, but for what is said here. */
  issued(claims: TestTokenClaims = {}): string {
    return signed(this.header(claims.header), this.claims(claims), this.key);
  }

  /** The same, signed by somebody else. */
  forged(header: Members = {}, claims: TestTokenClaims = {}): string {
    return signed(this.header(header), this.claims(claims), this.#own);
  }

  /** With this signature, whatever it is. */
  withSignature(signature: (input: string) => string, header: Members = {}): string {
    const input = unsigned(this.header(header), this.claims());
    return `${input}.${signature(input)}`;
  }

  /** Signed with HS256 by a text that everybody can get. */
  byPublicText(text: string | undefined, header: Members = {}): string | undefined {
    if (text === undefined) return undefined;
    const sign = (input: string) => createHmac('sha256', text).update(input).digest('base64url');
    return this.withSignature(sign, { alg: 'HS256', ...header });
  }

  /** The public key of the issuer; nothing where it is a secret. */
  get publicJwk(): Members | undefined {
    return this.key.publicJwk;
  }

  get publicPem(): string | undefined {
    const { publicJwk } = this;
    if (!publicJwk) return undefined;
    const key = createPublicKey({ key: publicJwk, format: 'jwk' });
    return key.export({ format: 'pem', type: 'spki' }).toString();
  }

  get ownJwk(): Members | undefined {
    return this.#own.publicJwk;
  }

  /** Whether the audience is in a claim of its own, and not what the issuer is called anyway. */
  get hasAudience(): boolean {
    return nameOf(this.rules.audienceClaims[0] ?? 'aud') !== 'iss';
  }

  private header(more: TestTokenClaims['header']): Members {
    return headerOf({ header: more }, this.key.algorithm, this.key.kid);
  }

  private claims(claims: TestTokenClaims = {}): Members {
    const scope = this.scopes.length > 0 ? this.scopes : undefined;
    const all = { subject: 'mallory', scope, ...claims };
    return payloadOf(all, this.rules, this.nowSeconds * 1000);
  }
}
