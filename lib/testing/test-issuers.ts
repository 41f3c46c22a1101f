import { resolveIssuer } from '../jwt-auth/options/resolve-issuer.js';
import { KnownIssuers } from '../jwt-auth/options/known-issuers.js';
import type { ResolvedIssuer } from '../jwt-auth/options/resolved-issuer.js';
import type { ResolvedOptions } from '../jwt-auth/options/resolved-options.js';
import type { TestClock } from './test-clock.js';
import { TestKitError } from './test-kit.error.js';
import type { TestKeys } from './test-keys.js';

/** For tests without an application. */
const ALONE = resolveIssuer('https://id.test', { audience: 'https://api.test' });

/** The issuers that the application under test trusts, by its own rules and with keys of the test. */
export class TestIssuers {
  #given: ResolvedOptions | undefined;
  #isAwaited = false;
  readonly #lookedUp = new Map<string, ResolvedIssuer>();

  constructor(
    private readonly keys: TestKeys,
    private readonly clock: TestClock,
  ) {}

  /** An application is going to be made. */
  expect(): void {
    this.#isAwaited = true;
  }

  /** The options of the application as they are, but for keys and clock. */
  adapt(given: ResolvedOptions): ResolvedOptions {
    this.#given = given;
    const { clock } = this;
    const issuers = given.issuers.map((rules) => this.withKeys(rules));
    const resolve = given.resolveIssuer;
    return {
      ...given,
      clock,
      issuers,
      knownIssuers: new KnownIssuers(issuers),
      resolveIssuer: resolve && (async (issuer) => this.learn(issuer, await resolve(issuer))),
    };
  }

  /**
   * The rules for a token of this issuer.
   *
   * @param issuer the first one that the application trusts where it is missing
   * @throws {TestKitError} where the application is not there yet, or has no fixed issuer
   */
  rulesOf(issuer: string | undefined): ResolvedIssuer {
    const given = this.#given;
    if (!given) {
      throw new TestKitError(
        'The application is not there yet, so nobody knows its issuer and audience. Call tokens.install(Test.createTestingModule(…)) and compile() first; it has to import JwtAuthModule.',
      );
    }
    const [first] = given.issuers;
    if (issuer === undefined && first) return first;
    if (issuer === undefined) {
      throw new TestKitError(
        'issuer: missing. The application asks resolveIssuer for its issuers: say whose token it is to be.',
      );
    }
    const known = given.knownIssuers.rulesOf(issuer) ?? this.#lookedUp.get(issuer);
    if (known) return known;
    const { sharedRules } = given;
    const strange = sharedRules.audience.length > 0 || given.resolveIssuer ? sharedRules : first;
    return { ...(strange ?? sharedRules), issuer };
  }

  /** The same, for tests that have no application at all. */
  rulesOrDefaults(issuer: string | undefined): ResolvedIssuer {
    if (this.#isAwaited) return this.rulesOf(issuer);
    return issuer === undefined ? ALONE : { ...ALONE, issuer };
  }

  /** @throws {TestKitError} where the application does not know it */
  async lookUp(issuer: string): Promise<void> {
    const found = await this.#given?.resolveIssuer?.(issuer);
    if (!found)
      throw new TestKitError(`resolveIssuer of the application does not know '${issuer}'.`);
    this.learn(issuer, found);
  }

  private learn(issuer: string, found: ResolvedIssuer | undefined): ResolvedIssuer | undefined {
    if (!found) return undefined;
    this.#lookedUp.set(issuer, found);
    return this.withKeys(found);
  }

  private withKeys(rules: ResolvedIssuer): ResolvedIssuer {
    return { ...rules, keySource: this.keys.of(rules.issuer) };
  }
}
