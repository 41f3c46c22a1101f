import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AccessToken } from './verification/access-token.js';
import {
  authorizationOf,
  bearerTokenIn,
  hasSeveralAuthorizations,
  type HttpRequest,
} from './transports/http/bearer-credentials.js';
import { MissingTokenError } from './errors.js';
import { RefusalLog } from './refusals/refusal-log.js';
import { forgetOthers, setToken, tokenVerifiedBy } from './transports/http/request-state.js';
import { verifiers } from './transports/http/request-visit.js';
import { RESOLVED_OPTIONS } from './jwt-auth.tokens.js';
import type { ResolvedOptions } from './options/resolved-options.js';
import { TokenPlace } from './transports/http/token-place.js';
import { TokenVerifier } from './token-verifier.js';
import { VerifiedTokenCache } from './verification/verified-token.cache.js';

const USUAL_PREFIX = 'Bearer ';

/** Finds out whose request it is. The guard and the Passport strategy both ask here, once for each request. */
@Injectable()
export class RequestAuthenticator implements OnModuleInit, OnModuleDestroy {
  /** Where tokens are taken from something else than the Authorization header. */
  private readonly place: TokenPlace | undefined;
  /** Whether what is remembered of a token is all that there is to know: nothing of the application is to be asked. */
  private readonly recalls: boolean;

  constructor(
    @Inject(RESOLVED_OPTIONS) { jwtFromRequest, isRevoked, onValidated, clock }: ResolvedOptions,
    // A test may put something in its place that has no more than what is public.
    @Inject(TokenVerifier) private readonly verifier: Pick<TokenVerifier, 'verify'>,
    private readonly remembered: VerifiedTokenCache,
    private readonly refusals: RefusalLog,
    private readonly host: HttpAdapterHost,
  ) {
    this.place = jwtFromRequest && new TokenPlace(jwtFromRequest, clock);
    const isReplaced = verifier.verify !== TokenVerifier.prototype.verify;
    this.recalls = !isReplaced && !jwtFromRequest && !isRevoked && !onValidated;
  }

  onModuleInit(): void {
    const application = this.application();
    if (application) verifiers.set(application, this);
  }

  onModuleDestroy(): void {
    const application = this.application();
    if (application) verifiers.remove(application, this);
  }

  /** The token of a request, where it is remembered. Never throws; what it cannot answer is for {@link authenticate}. */
  recall(request: HttpRequest): AccessToken | undefined {
    const known = tokenVerifiedBy(this, request);
    if (known || !this.recalls) return known;
    const { authorization } = request.headers;
    if (typeof authorization !== 'string' || !authorization.startsWith(USUAL_PREFIX))
      return undefined;
    const token = this.remembered.recall(authorization.slice(USUAL_PREFIX.length));
    if (!token || hasSeveralAuthorizations(request)) return undefined;
    setToken(this, request, token);
    return token;
  }

  /**
   * @returns the verified token; nothing when the request brings no bearer token
   * @throws {RequestRefusedError}
   */
  async authenticate(request: HttpRequest): Promise<AccessToken | undefined> {
    const known = tokenVerifiedBy(this, request);
    if (known) return known;
    forgetOthers(this, request);
    const raw = this.rawTokenOf(request);
    if (raw === undefined) return undefined;
    try {
      const token = await this.verifier.verify(raw);
      setToken(this, request, token);
      return token;
    } catch (error) {
      this.refusals.token(raw, error);
      throw error;
    }
  }

  /** The refusal of a request from which {@link authenticate} got nothing. */
  missingToken({ headers }: HttpRequest, scopes: readonly string[]): MissingTokenError {
    return new MissingTokenError(scopes, !this.place && headers.authorization !== undefined);
  }

  private rawTokenOf(request: HttpRequest): string | undefined {
    // What is ambiguous is refused, wherever the token is taken from.
    const authorization = authorizationOf(request);
    if (this.place) return this.place.tokenOf(request);
    return authorization === undefined ? undefined : bearerTokenIn(authorization);
  }

  private application(): object | undefined {
    return this.host.httpAdapter?.getInstance();
  }
}
