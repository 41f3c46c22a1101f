import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AccessToken } from './verification/access-token.js';
import {
  authorizationOf,
  bearerTokenIn,
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

const USUAL_PREFIX = 'Bearer ';

type ReplaceableVerifier = Pick<TokenVerifier, 'verify'> & Partial<Pick<TokenVerifier, 'recall'>>;

/** Finds out whose request it is. The guard and the Passport strategy both ask here, once for each request. */
@Injectable()
export class RequestAuthenticator implements OnModuleInit, OnModuleDestroy {
  /** Where tokens are taken from something else than the Authorization header. */
  private readonly place: TokenPlace | undefined;

  constructor(
    @Inject(RESOLVED_OPTIONS) { jwtFromRequest, clock }: ResolvedOptions,
    // A test may put something in its place that has no more than what is public.
    @Inject(TokenVerifier) private readonly verifier: ReplaceableVerifier,
    private readonly refusals: RefusalLog,
    private readonly host: HttpAdapterHost,
  ) {
    this.place = jwtFromRequest && new TokenPlace(jwtFromRequest, clock);
  }

  onModuleInit(): void {
    const application = this.application();
    if (application) verifiers.set(application, this);
  }

  onModuleDestroy(): void {
    const application = this.application();
    if (application) verifiers.remove(application, this);
  }

  /**
   * At once for a token that is remembered: a promise costs more than all the rest.
   *
   * @returns the verified token; nothing when the request brings no bearer token
   * @throws {RequestRefusedError}
   */
  authenticate(request: HttpRequest): AccessToken | undefined | Promise<AccessToken> {
    const known = tokenVerifiedBy(this, request);
    if (known) return known;
    forgetOthers(this, request);
    const authorization = authorizationOf(request);
    if (this.place) return this.authenticateAt(this.place, request);
    if (authorization === undefined) return undefined;
    const outcome = this.recall(authorization) ?? this.verify(authorization);
    if (outcome instanceof Promise) return this.settle(request, authorization, outcome);
    return outcome && this.remember(request, outcome);
  }

  /** The refusal of a request from which {@link authenticate} got nothing. */
  missingToken({ headers }: HttpRequest, scopes: readonly string[]): MissingTokenError {
    return new MissingTokenError(scopes, !this.place && headers.authorization !== undefined);
  }

  private authenticateAt(place: TokenPlace, request: HttpRequest) {
    const raw = place.tokenOf(request);
    if (raw === undefined) return undefined;
    const outcome = this.verifier.recall?.(raw) ?? this.verifier.verify(raw);
    return outcome instanceof Promise
      ? this.settle(request, raw, outcome)
      : this.remember(request, outcome);
  }

  /** What is remembered was found well-formed once, and to look is cheaper than to check that again. */
  private recall(authorization: string): AccessToken | Promise<AccessToken> | undefined {
    if (!authorization.startsWith(USUAL_PREFIX)) return undefined;
    return this.verifier.recall?.(authorization.slice(USUAL_PREFIX.length));
  }

  private verify(authorization: string): Promise<AccessToken> | undefined {
    const raw = bearerTokenIn(authorization);
    return raw === undefined ? undefined : this.verifier.verify(raw);
  }

  private async settle(
    request: HttpRequest,
    authorization: string,
    verification: Promise<AccessToken>,
  ): Promise<AccessToken> {
    try {
      return this.remember(request, await verification);
    } catch (error) {
      this.refusals.token(authorization.slice(authorization.lastIndexOf(' ') + 1), error);
      throw error;
    }
  }

  private remember(request: HttpRequest, token: AccessToken): AccessToken {
    setToken(this, request, token);
    return token;
  }

  private application(): object | undefined {
    return this.host.httpAdapter?.getInstance();
  }
}
