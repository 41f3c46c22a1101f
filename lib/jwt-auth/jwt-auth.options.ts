import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';
import type { Clock } from '../common/clock.js';
import type { ClaimPath } from './verification/claim-path.js';

/** The signature algorithms an access token may use: asymmetric ones only (RFC 8725 section 3.1). */
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

/** Options of `JwtAuthModule.forRoot`. */
export interface JwtAuthOptions {
  /**
   * The issuer identifier of your authorization server, exactly as its metadata and its tokens spell
   * it: compared code point for code point, so a trailing slash matters (RFC 8414 section 3.3).
   * Metadata and keys are discovered from it. https, or plain http on loopback.
   */
  issuer: string;

  /**
   * Who this API is: a token is accepted only if its `aud` holds one of these (RFC 9068 section 4).
   */
  audience: string | readonly string[];

  /**
   * `'everything'`: every handler needs a token unless it is `@Public()` or `@OptionalAuth()`.
   * `'decorated'`: only handlers and controllers with a decorator of this module, or
   * `@UseGuards(JwtAuthGuard)`, need one.
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
   * The signature algorithms that are accepted.
   *
   * @defaultValue all of {@link SIGNATURE_ALGORITHMS}
   */
  algorithms?: readonly SignatureAlgorithm[] | undefined;

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
   * `[['realm_access', 'roles']]`. `CLAIM_SHAPES` has those of well-known servers.
   *
   * @defaultValue `['roles']`
   */
  roleClaims?: readonly ClaimPath[] | undefined;

  /**
   * The claims that hold permissions; the same as `roleClaims` in all else.
   *
   * @defaultValue `['permissions']`
   */
  permissionClaims?: readonly ClaimPath[] | undefined;

  /**
   * Lets the application start only if every HTTP handler is decided: it or its class has a decorator of
   * this module or `@UseGuards(JwtAuthGuard)`. The start fails with all that are not.
   *
   * @defaultValue false
   */
  strictCoverage?: boolean | undefined;

  /**
   * How far the clocks of the authorization server and of this machine may be apart, in seconds, when
   * `exp`, `nbf` and `iat` are checked. 0 to 300.
   *
   * @defaultValue 30
   */
  clockToleranceSeconds?: number | undefined;

  /**
   * Lets metadata and keys come over plain http from other hosts than loopback. Whoever can write into
   * that network can then forge tokens.
   *
   * @defaultValue false
   */
  allowInsecureHttp?: boolean | undefined;

  /**
   * Where the time comes from.
   *
   * @defaultValue the clock of the machine
   */
  clock?: Clock | undefined;
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
