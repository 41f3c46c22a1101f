import { Inject, Injectable } from '@nestjs/common';
import { textOfError } from '../common/kind-of-error.js';
import type { AccessToken } from './verification/access-token.js';
import { askHook, unavailable } from './verification/ask-hook.js';
import type { ResolvedOptions } from './options/resolved-options.js';
import { InvalidTokenError } from './errors.js';
import { IssuerRegistry } from './issuers/issuer-registry.js';
import { RESOLVED_OPTIONS } from './jwt-auth.tokens.js';
import { checkSchema } from './verification/check-schema.js';
import { decodeToken } from './verification/decode-token.js';
import { VerifiedAccessToken } from './verification/verified-access-token.js';
import { VerifiedTokenCache } from './verification/verified-token.cache.js';

/**
 * Verifies access tokens; the guard and the Passport strategy do nothing else. Inject it wherever a token
 * comes by another way than an HTTP header.
 */
@Injectable()
export class TokenVerifier {
  /** @internal */
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly issuers: IssuerRegistry,
    private readonly remembered: VerifiedTokenCache,
  ) {}

  /**
   * Verifies a token in full: issuer, kind, algorithm, times, signature, audience (RFC 9068 section 4), schema and
   * revocation. What is cheap comes first, and nothing is fetched for a token that is dead anyway.
   *
   * @throws {InvalidTokenError} when the token is no good
   * @throws {KeysUnavailableError} when that cannot be known: the keys or the issuer cannot be had, or a function among the
   *   options failed or gave no answer in time
   */
  async verify(token: string): Promise<AccessToken> {
    const digest = typeof token === 'string' ? this.remembered.digestOf(token) : '';
    const verified = this.remembered.get(digest) ?? (await this.verifyAnew(token, digest));
    const { isRevoked, onValidated } = this.options;
    if (isRevoked || onValidated) await this.askHooks(verified);
    return verified;
  }

  private async verifyAnew(raw: string, digest: string): Promise<VerifiedAccessToken> {
    const { claimsSchema } = this.options;
    const decoded = decodeToken(raw);
    const verification = await this.issuers.verify(decoded);
    const { facts } = verification;
    const verified = new VerifiedAccessToken(raw, facts);
    const token = claimsSchema
      ? new VerifiedAccessToken(raw, facts, verified, await checkSchema(claimsSchema, facts.claims))
      : verified;
    this.remembered.set(digest, token, verification);
    return token;
  }

  private async askHooks(token: VerifiedAccessToken): Promise<void> {
    const { isRevoked, onValidated } = this.options;
    if (isRevoked) {
      const answer: unknown = await askHook(
        'isRevoked',
        () => isRevoked(token.verified),
        (error) => unavailable(`isRevoked threw ${textOfError(error)}`),
      );
      // Anything but a clear no is a yes: a forgotten `return` must not let revoked tokens in.
      if (answer !== false) throw new InvalidTokenError('revoked', 'isRevoked says so');
    }
    if (onValidated) {
      await askHook(
        'onValidated',
        () => onValidated(token),
        (error) => new InvalidTokenError('rejected', `onValidated threw ${textOfError(error)}`),
      );
    }
  }
}
