import type { ConfigurableModuleAsyncOptions, ExecutionContext } from '@nestjs/common';
import type { Clock } from '../../common/clock.js';
import type { AccessToken } from '../verification/access-token.js';
import type { ClaimsSchema } from './claims-schema.js';
import type { RequestRefusedError } from '../errors.js';
import type { IssuerOptions, KeyOptions } from './issuer.options.js';
import type { ReachOptions } from './reach.options.js';
import type { TokenExtractor } from '../transports/http/token-extractor.js';
import type { TokenRules } from './token-rules.options.js';

/** Options of `JwtAuthModule.forRoot`. `audience`, and one of `issuer`, `issuers` and `resolveIssuer`, are required. */
export interface JwtAuthOptions extends TokenRules, KeyOptions, ReachOptions {
  /** The issuer identifier of your authorization server; see {@link IssuerOptions}. Metadata and keys are discovered from it. */
  issuer?: string | undefined;

  /**
   * Several authorization servers. Each has keys of its own and what it does not say from the options beside this
   * one. What happens to one does not touch the others.
   */
  issuers?: readonly (string | IssuerOptions)[] | undefined;

  /**
   * Looks up an issuer that is not among the fixed ones, such as that of a tenant; nothing means that it is not
   * trusted. Called with the `iss` of a token that nobody has verified yet: look it up, do not build a URL of it. The
   * answer is kept for ten minutes, for at most 5,000 issuers whose tokens have been verified and 1,000 others.
   *
   * It may take 10 seconds. If it throws, the answer is 503: it cannot be known; that issuer is not asked for again for
   * 5 seconds, and one that is not trusted for 10. Unknown issuers are looked up 10 a second (50 in a row, 10 at the same
   * time), and as many again that were turned away before; the rest is answered with 503 and `Retry-After`.
   */
  resolveIssuer?:
    | ((issuer: string) => IssuerOptions | undefined | Promise<IssuerOptions | undefined>)
    | undefined;

  /**
   * When metadata and keys are fetched first. `'background'`: while the application starts, which does not wait.
   * `'eager'`: the start waits, and fails if they cannot be had. `'lazy'`: with the first token.
   *
   * @defaultValue `'background'`
   */
  warmUp?: 'background' | 'eager' | 'lazy' | undefined;

  /**
   * How many verified tokens are remembered, from their second sight on, so that the next request with one of them costs next to nothing. Times,
   * keys and {@link isRevoked} are checked on every request all the same. 0 switches it off.
   *
   * @defaultValue 10_000
   */
  verifiedTokenCacheSize?: number | undefined;

  /**
   * How much memory the tokens that {@link verifiedTokenCacheSize} speaks of may take, in bytes. The ones used least make
   * room, and a token that alone would take more than a 512th of it (64 kB of 32 MB) is not remembered. 0 switches it off.
   *
   * @defaultValue 33_554_432, which is 32 MB
   */
  verifiedTokenCacheBytes?: number | undefined;

  /**
   * Asked on every request whether a good token has been revoked, by its `jti`, `sub`, `sid` … in `claims`, which
   * are then those of the token, whatever {@link claimsSchema} makes of them. Not by a hash of `raw`: an ECDSA signature
   * has a twin that is good as well, and with it the same token is another text. If it throws, or gives no answer within
   * 10 seconds, the answer is 503: it cannot be known.
   */
  isRevoked?: ((token: AccessToken) => boolean | Promise<boolean>) | undefined;

  /**
   * Told of every token that was found good, on every request. If it throws, the token is refused with 401; if it gives
   * no answer within 10 seconds, the answer is 503.
   */
  onValidated?: ((token: AccessToken) => unknown) | undefined;

  /**
   * Told of every request that is refused, and why: `error.reason` and `error.detail` say more than the client learns. It
   * cannot change that, and nothing that it throws does. The request may hold the token and much else that is not for a log.
   *
   * @example `(error, { request }) => logger.warn(error.reason ?? error.code, error.detail, request.method, request.url)`
   */
  onFailure?: ((error: RequestRefusedError, refused: RefusedRequest) => unknown) | undefined;

  /**
   * Checks the claims, and types them: any Standard Schema (zod, valibot, arktype …). What it gives is in `claims` of
   * the {@link AccessToken}; a token that it refuses is answered with 401, and with 503 if it gives no answer within 10
   * seconds.
   */
  claimsSchema?: ClaimsSchema | undefined;

  /**
   * `'everything'`: every handler needs a token unless it is `@Public()` or `@OptionalAuth()`. As tokens are read from
   * HTTP requests only, handlers of gateways, microservices and GraphQL are closed unless they are `@Public()`.
   * `'decorated'`: only handlers and controllers with a decorator of this module, or
   * `@UseGuards(JwtAuthGuard)`, need one; also where the function is bound or replaced on the instance, messages
   * included.
   *
   * @defaultValue `'everything'`
   */
  protect?: 'everything' | 'decorated' | undefined;

  /**
   * Scopes that every protected handler of the application needs, all of them, on top of its own.
   *
   * @defaultValue none
   */
  requiredScopes?: string | readonly string[] | undefined;

  /**
   * Lets the application start only if every handler is decided, of HTTP, gateways, microservices and GraphQL: it or
   * its class has a decorator of this module or `@UseGuards(JwtAuthGuard)`. `@Public()` on a class decides nothing for
   * the classes that extend it. The start fails with all that are not.
   *
   * @defaultValue false
   */
  strictCoverage?: boolean | undefined;

  /**
   * Where the token of a request is, in place of the header `Authorization: Bearer`: a function in the manner of passport-jwt,
   * such as `ExtractJwt.fromHeader('x-forwarded-access-token')`, or `ExtractJwt.fromExtractors([…])` for several places. It
   * gives the token alone, at once, and nothing (`null`, `undefined` or `''`) where there is none. If it throws or gives
   * anything else, the answer is 400, and the log says why.
   *
   * A browser sends a cookie along with requests that other sites make it send: with a token in a cookie the application
   * needs a protection against CSRF of its own, such as `SameSite` and a check of the `Origin`.
   *
   * @defaultValue the header `Authorization`, as RFC 6750 section 2.1 has it
   */
  jwtFromRequest?: TokenExtractor | undefined;

  /**
   * Under which name the verifier is a strategy of Passport: `AuthGuard('jwt')`. Give it another name where the
   * application has a strategy of its own with that name; the start fails as long as it is the same.
   *
   * @defaultValue `'jwt'`
   */
  strategyName?: string | undefined;

  /**
   * Where the time comes from.
   *
   * @defaultValue the clock of the machine
   */
  clock?: Clock | undefined;
}

/** What `onFailure` of {@link JwtAuthOptions} is told of a request that was refused. */
export interface RefusedRequest<R = RefusedHttpRequest> {
  /** The request of Express or Fastify. */
  readonly request: R;
  /** Which handler it was for; missing where Passport asked (`AuthGuard('jwt')`), which does not know. */
  readonly context?: ExecutionContext | undefined;
}

/** As much of a request as those of Express and of Fastify have both. */
export interface RefusedHttpRequest {
  readonly method?: string;
  /** The path, and a query that may hold what is not for a log. */
  readonly url?: string;
  /** Who has sent it, or the last proxy on the way. */
  readonly ip?: string;
  readonly headers: object;
}

/** For `useClass` and `useExisting` of {@link JwtAuthAsyncOptions}. */
export interface JwtAuthOptionsFactory {
  createJwtAuthOptions(): JwtAuthOptions | Promise<JwtAuthOptions>;
}

/** Options of `JwtAuthModule.forRootAsync`: a factory, or a class that is one. */
export type JwtAuthAsyncOptions = ConfigurableModuleAsyncOptions<
  JwtAuthOptions,
  'createJwtAuthOptions'
>;
