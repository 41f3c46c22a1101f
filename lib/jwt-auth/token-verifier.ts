import { Inject, Injectable } from '@nestjs/common';
import type { AccessToken } from './access-token.js';
import type { ResolvedOptions } from './config/resolved-options.js';
import { InvalidTokenError, KeysUnavailableError } from './errors.js';
import { IssuerRegistry } from './issuers/issuer-registry.js';
import { RESOLVED_OPTIONS } from './jwt-auth.tokens.js';
import { checkSchema } from './verification/check-schema.js';
import { decodeToken } from './verification/decode-token.js';
import { VerifiedAccessToken } from './verified-access-token.js';
import { VerifiedTokens } from './verified-tokens.js';

const RETRY_AFTER_SECONDS = 5;

/**
 * Verifies access tokens; the guard and the Passport strategy do nothing else. Inject it wherever a token
 * comes by another way than an HTTP header.
 */
@Injectable()
export class TokenVerifier {
  private readonly verified: VerifiedTokens;

  /** @internal */
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly issuers: IssuerRegistry,
  ) {
    this.verified = new VerifiedTokens(options.verifiedTokenCacheSize);
  }

  /**
   * Verifies a token in full: issuer, kind, algorithm, times, signature, audience (RFC 9068 section 4), schema and
   * revocation. What is cheap comes first, and nothing is fetched for a token that is dead anyway.
   *
   * @throws {InvalidTokenError} when the token is no good
   * @throws {KeysUnavailableError} when that cannot be known, since the keys cannot be had
   */
  async verify(token: string): Promise<AccessToken> {
    const known = typeof token === 'string' ? this.recall(token) : undefined;
    return known ?? this.askHooks(await this.verifyAnew(token));
  }

  /**
   * The token, if it was verified before and is still good: at once, unless there are hooks to be asked.
   *
   * @internal
   */
  recall(token: string): AccessToken | Promise<AccessToken> | undefined {
    const known = this.verified.get(token, this.options.clock.now());
    const { isRevoked, onValidated } = this.options;
    return known && (isRevoked || onValidated) ? this.askHooks(known) : known;
  }

  private async verifyAnew(raw: string): Promise<VerifiedAccessToken> {
    const { clock, claimsSchema } = this.options;
    const decoded = decodeToken(raw);
    const issuer = await this.issuers.of(decoded);
    const verification = await issuer.verify(raw, decoded, clock.now());
    const { facts } = verification;
    const verified = new VerifiedAccessToken(raw, facts);
    const token = claimsSchema
      ? new VerifiedAccessToken(raw, facts, verified, await checkSchema(claimsSchema, facts.claims))
      : verified;
    this.verified.set(raw, token, issuer, verification);
    return token;
  }

  private async askHooks(token: VerifiedAccessToken): Promise<AccessToken> {
    const { isRevoked, onValidated } = this.options;
    if (isRevoked && (await this.isRevoked(token.verified, isRevoked)))
      throw new InvalidTokenError('revoked', 'isRevoked says so');
    try {
      await onValidated?.(token);
    } catch (error) {
      throw new InvalidTokenError('rejected', `onValidated threw ${nameOf(error)}`);
    }
    return token;
  }

  private async isRevoked(
    token: AccessToken,
    ask: (token: AccessToken) => boolean | Promise<boolean>,
  ): Promise<boolean> {
    try {
      const answer: unknown = await ask(token);
      // Anything but a clear no is a yes: a forgotten `return` must not let revoked tokens in.
      return answer !== false;
    } catch (error) {
      throw new KeysUnavailableError(RETRY_AFTER_SECONDS, `isRevoked threw ${nameOf(error)}`);
    }
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : 'something';
}
