import type { ConfigurableModuleAsyncOptions, ExecutionContext } from '@nestjs/common';
import type { Clock } from '../common/clock.js';
import type { AccessToken } from './access-token.js';
import type { RequestRefusedError } from './errors.js';
import type { ReachOptions } from './reach.options.js';
import type { TokenExtractor } from './token-extractor.js';
import type { ClaimKeys, ClaimPath } from './verification/claim-path.js';
import type { SubjectKindRule } from './verification/subject-kind.js';

/** The signature algorithms that are accepted unless you say otherwise: asymmetric ones only (RFC 8725 section 3.1). */
export const SIGNATURE_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** One of {@link SIGNATURE_ALGORITHMS}. */
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** Which tokens are good. Each option can be given for all issuers or for one of them. */
export interface TokenRules {
  /**
   * Who this API is: a token is accepted only if its `aud` holds one of these (RFC 9068 section 4). Required,
   * for all issuers or for each.
   */
  audience?: string | readonly string[] | undefined;

  /**
   * The claims that may name the audience, for servers that name the client or themselves in its place: `['aud', 'client_id']`
   * (Amazon Cognito), `['azp']` (Clerk), `['iss']` (WorkOS). The first one present counts, and must hold one of `audience`;
   * whatever the list says, so must an `aud` that is there (RFC 7519 section 4.1.3). A token with none of them is refused.
   *
   * Where it is the client, every token of that client is good here, whatever API it was issued for.
   *
   * @defaultValue `['aud']`
   */
  audienceClaims?: readonly ClaimPath[] | undefined;

  /**
   * The signature algorithms that are accepted of public keys; those of a `secret` are not among them.
   *
   * @defaultValue all of {@link SIGNATURE_ALGORITHMS}
   */
  algorithms?: readonly SignatureAlgorithm[] | undefined;

  /**
   * `'auto'`: access tokens of servers old and new; other kinds of tokens are refused by what gives them away,
   * and what nothing gives away by {@link acceptUnmarkedTokens}.
   * `'rfc9068'`: only tokens with `typ: at+jwt` and all claims that RFC 9068 section 2.2 requires.
   *
   * @defaultValue `'auto'`
   */
  profile?: 'auto' | 'rfc9068' | undefined;

  /**
   * The claims that may hold the scopes; the first one present counts. A string is split at spaces, an
   * array may hold one scope or several in each member.
   *
   * @defaultValue `['scope', 'scp']`
   */
  scopeClaims?: readonly string[] | undefined;

  /**
   * Scopes that stand for others: `{ admin: ['orders.write'], 'orders.write': ['orders.read'] }`. What they stand for
   * may stand for more; cycles do no harm. `token.scopes` and `hasScope()` have them all.
   *
   * @defaultValue none
   */
  impliedScopes?: Readonly<Record<string, readonly string[]>> | undefined;

  /**
   * The claims that hold roles, all of them together; each may be a text, which is one role, or a list of
   * texts. A text is the name of a claim as it stands, dots and all; a list is a path:
   * `[['realm_access', 'roles']]`. `{ path, keys: true }`: the claim is an object, and the names in it are the roles.
   * `CLAIM_SHAPES` has those of well-known servers.
   *
   * @defaultValue `['roles']`
   */
  roleClaims?: readonly (ClaimPath | ClaimKeys)[] | undefined;

  /**
   * The claims that hold permissions; the same as `roleClaims` in all else.
   *
   * @defaultValue `['permissions']`
   */
  permissionClaims?: readonly (ClaimPath | ClaimKeys)[] | undefined;

  /**
   * How far the clocks of the authorization server and of this machine may be apart, in seconds, when
   * `exp`, `nbf` and `iat` are checked. 0 to 300.
   *
   * @defaultValue 30
   */
  clockToleranceSeconds?: number | undefined;

  /**
   * The longest time since `iat`, in seconds; a token without `iat` is then refused.
   *
   * @defaultValue no limit but `exp`
   */
  maxTokenAgeSeconds?: number | undefined;

  /**
   * Whom the tokens of this issuer speak for: see `isUser` and `isClient` of {@link AccessToken}. `'user'` or `'client'`:
   * all of them, whatever is in them; a user needs a `sub`. `{ client, user, otherwise }`: first these signs, then
   * those of well-known servers, then `otherwise`.
   *
   * @defaultValue the signs of well-known servers; a token without any speaks for neither
   */
  subjectKind?: SubjectKindRule | undefined;

  /**
   * Whether a token is good though nothing says that it is an access token: no `typ: at+jwt`, no scope, no client, no
   * `token_use` or `type`, no roles or permissions (RFC 8725 section 3.12). Only for an issuer that signs no ID tokens for
   * this audience: such a token could be one. What marks other kinds of tokens is refused all the same.
   *
   * @defaultValue `false` where the keys come from the metadata of the issuer, `true` where you give them
   */
  acceptUnmarkedTokens?: boolean | undefined;
}

/** Where the keys of an issuer come from. One of these, or none for what its metadata say; `secret` may be beside another. */
export interface KeyOptions {
  /** Where its key set is, for a server without metadata. https, or plain http on loopback. */
  jwksUri?: string | undefined;
  /** The key set itself (RFC 7517 section 5). Nothing is ever fetched. */
  jwks?: { readonly keys: readonly object[] } | undefined;
  /** A public key or certificate in PEM, or a public JWK. Nothing is ever fetched. */
  publicKey?: string | object | undefined;
  /**
   * A secret shared with the authorization server, for HS256, HS384 and HS512: at least 32 bytes, and as many as the
   * hash has (RFC 7518 section 3.2). Without it none of these is accepted. Alone, it means that no other algorithm is.
   *
   * Beside `jwksUri`, `jwks`, `publicKey` or `jwksClient`, as while a server goes over to key pairs: tokens with one of
   * these algorithms are checked with the secret alone, and all others with the public keys alone.
   */
  secret?: string | Uint8Array | undefined;
  /** A `JwksClient` of jwks-rsa, with the agent, proxy or headers that you gave it. Its cache and rate limit are not used. */
  jwksClient?: { getKeys(): Promise<unknown> } | undefined;
}

/** One authorization server that is trusted. */
export interface IssuerOptions extends TokenRules, KeyOptions, ReachOptions {
  /**
   * Its issuer identifier, exactly as its metadata and its tokens spell it: compared code point for code point, so
   * a trailing slash matters (RFC 8414 section 3.3). https, or plain http on loopback, where metadata is discovered
   * from it; any text where the keys come from elsewhere ({@link KeyOptions}).
   */
  issuer: string;
}

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

/** As much of a Standard Schema (version 1) as is needed: https://standardschema.dev */
export interface ClaimsSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly validate: (value: unknown) => ClaimsResult | Promise<ClaimsResult>;
  };
}

/** What a schema makes of the claims. */
export type ClaimsResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** For `useClass` and `useExisting` of {@link JwtAuthAsyncOptions}. */
export interface JwtAuthOptionsFactory {
  createJwtAuthOptions(): JwtAuthOptions | Promise<JwtAuthOptions>;
}

/** Options of `JwtAuthModule.forRootAsync`: a factory, or a class that is one. */
export type JwtAuthAsyncOptions = ConfigurableModuleAsyncOptions<
  JwtAuthOptions,
  'createJwtAuthOptions'
>;
