import { runFor } from '../common/current-request.js';
import type { AccessToken } from '../jwt-auth/verification/access-token.js';
import { resolveOptions } from '../jwt-auth/options/resolve-options.js';
import type { ResolvedIssuer } from '../jwt-auth/options/resolved-issuer.js';
import { MODULE_OPTIONS_TOKEN } from '../jwt-auth/jwt-auth.module-definition.js';
import type { JwtAuthOptions } from '../jwt-auth/options/jwt-auth.options.js';
import { RESOLVED_OPTIONS } from '../jwt-auth/jwt-auth.tokens.js';
import { MODULE_OPTIONS_TOKEN as CLIENT_OPTIONS_TOKEN } from '../token-client/token-client.module-definition.js';
import type { TokenClientModuleOptions } from '../token-client/options/token-client.options.js';
import { ANNOUNCED_CLIENTS, TOKEN_CLIENT_REGISTRY } from '../token-client/token-client.tokens.js';
import { signed } from './compact.js';
import { noteKit } from './installed-kit.js';
import { makeAccessToken } from './make-access-token.js';
import type { TestApi } from './outbound/test-api.js';
import type { SentTokenRequest, TestClient } from './outbound/test-client.js';
import { TestNetwork } from './outbound/test-network.js';
import { RevokedTokens } from './revoked-tokens.js';
import { TestClock } from './test-clock.js';
import { TestIssuers } from './test-issuers.js';
import { TestKeys } from './test-keys.js';
import { refuseProduction } from './test-kit.error.js';
import type { TestingModuleLike } from './testing-module.js';
import { headerOf, payloadOf, type TestTokenClaims } from './token-claims.js';

/** A header for supertest (`.set(…)`), `fetch`, or `inject` of Fastify. */
// No interface: supertest takes none.
export type BearerHeaders = { Authorization: string };

/**
 * Tokens for tests of an application that stays as it is: its guard, its rules and its options are the real ones. Only the keys
 * of its issuers, its clock and the network are those of the test. One for each test file; see {@link testTokens}.
 */
export class TestTokens {
  /** The time of the application. */
  readonly clock = new TestClock();
  /** The keys of the issuers that it trusts. */
  readonly keys = new TestKeys();
  readonly #issuers = new TestIssuers(this.keys, this.clock);
  readonly #revoked = new RevokedTokens();
  readonly #network = new TestNetwork();

  /**
   * @param defaults what tokens say that do not say otherwise; `raw` and `header` are put together
   * @throws {TestKitError} with `NODE_ENV=production`
   */
  constructor(private readonly defaults: TestTokenClaims = {}) {
    refuseProduction();
  }

  /**
   * Puts keys, clock and network of the test into the application: before `compile()`.
   *
   * @returns what was given
   * @throws {TestKitError} with `NODE_ENV=production`
   */
  install<Builder extends TestingModuleLike>(builder: Builder): Builder {
    refuseProduction();
    this.#issuers.expect();
    builder.overrideProvider(RESOLVED_OPTIONS).useFactory({
      inject: [MODULE_OPTIONS_TOKEN],
      factory: (options: JwtAuthOptions) => {
        const resolved = this.#issuers.adapt(resolveOptions(options));
        const isRevoked = this.#revoked.beside(resolved.isRevoked);
        const { clock, keys } = this;
        return noteKit({ ...resolved, isRevoked }, { clock, keys, issuers: this.#issuers });
      },
    });
    builder.overrideProvider(TOKEN_CLIENT_REGISTRY).useFactory({
      inject: [CLIENT_OPTIONS_TOKEN, ANNOUNCED_CLIENTS],
      factory: async (options: TokenClientModuleOptions, announced?: readonly string[]) => {
        // Only where there are clients: it loads Axios and all that goes with it.
        const { testRegistry } = await import('./outbound/test-registry.js');
        return testRegistry(options, announced, this.#network, this.clock);
      },
    });
    return builder;
  }

  /**
   * The header of a request with a token that says this.
   *
   * @throws {TestKitError} before the application is there
   */
  bearer(claims: TestTokenClaims = {}): BearerHeaders {
    return { Authorization: `Bearer ${this.issue(claims)}` };
  }

  /**
   * The token alone, for where it does not travel in the header `Authorization`.
   *
   * @throws {TestKitError} before the application is there
   */
  issue(claims: TestTokenClaims = {}): string {
    const all = this.#withDefaults(claims);
    return this.#sign(all, this.#issuers.rulesOf(all.issuer));
  }

  /**
   * What `@AccessToken()` gives a handler for a token that says this: for unit tests of services and policies, which need no
   * application. In a test with one it goes by the options of the application, but for `claimsSchema`.
   */
  accessToken(claims: TestTokenClaims = {}): AccessToken {
    const all = this.#withDefaults(claims);
    const rules = this.#issuers.rulesOrDefaults(all.issuer);
    return makeAccessToken(this.#sign(all, rules), rules);
  }

  /**
   * Asks `resolveIssuer` of the application for the rules of an issuer: needed before a token of it is made, where they are
   * not those of all issuers, and no token of it has come yet.
   *
   * @throws {TestKitError} where the application does not know it
   */
  async lookUp(issuer: string): Promise<void> {
    await this.#issuers.lookUp(issuer);
  }

  /**
   * From now on `isRevoked` of the application says that this token was revoked; for all others the application is asked.
   *
   * @throws {TestKitError} where the application has no `isRevoked`: it would not find out
   */
  revoke(token: string | BearerHeaders | AccessToken): void {
    if (typeof token === 'string') this.#revoked.add(token);
    else if ('raw' in token) this.#revoked.add(token.raw);
    else this.#revoked.add(token.Authorization.replace(/^Bearer /, ''));
  }

  /**
   * How the token endpoint answers a named client, in memory: the life of its tokens is the real one.
   *
   * @throws {TestKitError} where the application has no such client
   */
  client(name: string): TestClient {
    return this.#network.client(name);
  }

  /**
   * The token requests that were sent for a named client. Clients whose token would be the same share it: a request then
   * counts for the one that asked.
   *
   * @throws {TestKitError} where the application has no such client
   */
  requests(name: string): readonly SentTokenRequest[] {
    return [...this.#network.client(name).requests];
  }

  /**
   * The API that a named client calls, in memory.
   *
   * @throws {TestKitError} where the application has no such client
   */
  api(name: string): TestApi {
    return this.#network.api(name);
  }

  /** Does work in the name of whom a token speaks for, as in a request that came with it: for jobs and services. */
  runAs<T>(claims: TestTokenClaims, work: () => T): T {
    return runFor({ token: this.accessToken(claims) }, work);
  }

  #sign(claims: TestTokenClaims, rules: ResolvedIssuer): string {
    const key = this.keys.signerFor(rules);
    const payload = payloadOf(claims, rules, this.clock.now());
    return signed(headerOf(claims, key.algorithm, key.kid), payload, key);
  }

  #withDefaults(claims: TestTokenClaims): TestTokenClaims {
    const { raw, header } = this.defaults;
    return {
      ...this.defaults,
      ...claims,
      raw: { ...raw, ...claims.raw },
      header: { ...header, ...claims.header },
    };
  }
}

/**
 * Tokens for the tests of one file.
 *
 * @param defaults what tokens say that do not say otherwise
 * @throws {TestKitError} with `NODE_ENV=production`
 * @example
 * ```ts
 * const tokens = testTokens();
 * const module = await tokens.install(Test.createTestingModule({ imports: [AppModule] })).compile();
 * const app = await module.createNestApplication().init();
 *
 * await request(app.getHttpServer())
 *   .get('/orders')
 *   .set(tokens.bearer({ subject: 'alice', scope: 'orders.read' }))
 *   .expect(200);
 * ```
 */
export function testTokens(defaults: TestTokenClaims = {}): TestTokens {
  return new TestTokens(defaults);
}
