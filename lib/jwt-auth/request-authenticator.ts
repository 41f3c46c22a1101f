import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { AccessToken } from './access-token.js';
import { bearerToken, type HttpRequest } from './bearer-credentials.js';
import { InvalidTokenError, KeysUnavailableError } from './errors.js';
import { setToken, tokenOf } from './request-state.js';
import { TokenVerifier } from './token-verifier.js';

/** Finds out whose request it is. The guard and the Passport strategy both ask here, once for each request. */
@Injectable()
export class RequestAuthenticator {
  private readonly logger = new Logger('JwtAuthModule');

  constructor(private readonly verifier: TokenVerifier) {}

  /**
   * At once for a token that is remembered: a promise costs more than all the rest.
   *
   * @returns the verified token; nothing when the request brings no bearer token
   * @throws {RequestRefusedError}
   */
  authenticate(request: HttpRequest): AccessToken | undefined | Promise<AccessToken> {
    const known = tokenOf(request);
    if (known) return known;
    const raw = bearerToken(request);
    if (raw === undefined) return undefined;
    const token = this.verifier.check(raw);
    if (token instanceof Promise) return this.take(request, raw, token);
    setToken(request, token);
    return token;
  }

  private async take(
    request: HttpRequest,
    raw: string,
    verification: Promise<AccessToken>,
  ): Promise<AccessToken> {
    try {
      const token = await verification;
      setToken(request, token);
      return token;
    } catch (error) {
      this.log(raw, error);
      throw error;
    }
  }

  /** The client learns little; whoever runs the service finds the rest here, but never the token. */
  private log(raw: string, error: unknown): void {
    if (!(error instanceof InvalidTokenError || error instanceof KeysUnavailableError)) return;
    const digest = createHash('sha256').update(raw).digest('hex').slice(0, 12);
    const reason = error instanceof InvalidTokenError ? error.reason : error.code;
    this.logger.debug(`Refused token ${digest}: ${reason}: ${error.detail}`);
  }
}
