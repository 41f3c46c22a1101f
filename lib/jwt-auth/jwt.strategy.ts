import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryService, HttpAdapterHost } from '@nestjs/core';
import { Strategy } from 'passport-jwt';
import { ConfigurationError } from '../common/configuration.error.js';
import type { AccessToken } from './verification/access-token.js';
import type { HttpRequest } from './transports/http/bearer-credentials.js';
import { ChallengeWriter } from './transports/http/challenge-writer.js';
import { InsufficientScopeError, MissingTokenError, RequestRefusedError } from './errors.js';
import { RESOLVED_OPTIONS, STRATEGIES_BEFORE } from './jwt-auth.tokens.js';
import {
  isNestStrategy,
  registerStrategy,
  runInstead,
  strategyNamed,
} from './passport-registry.js';
import { PerApplication } from './per-application.js';
import { RequestAuthenticator } from './request-authenticator.js';
import type { ResolvedOptions } from './options/resolved-options.js';

/** Passport has one registry for the whole process, so one strategy of all applications gets every request. */
const strategies = new PerApplication<JwtStrategy>();
/** By their names, to be put back where an application that came later has taken the place. */
const live = new Set<JwtStrategy>();
/** On strategies of this package, of another loaded copy of it too. */
const OURS = Symbol.for('nestjs-access-tokens:strategy');

/**
 * The Passport strategy `jwt`, for applications that say `AuthGuard('jwt')`. It is passport-jwt's in place, and our
 * verifier in deed: jsonwebtoken accepts unknown critical extensions, any `typ` and tokens without end.
 *
 * It takes the place of no other strategy of its application. Requests of other applications in this process, which
 * have a strategy with the same name, are handed on to that one.
 */
@Injectable()
export class JwtStrategy
  extends Strategy
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy
{
  readonly [OURS] = true;
  /** The strategy of another application that had the name before. */
  private displaced: object | undefined;
  /** What had the name when this application began to be made, before any of its factories ran. */
  private readonly found: object | undefined;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly authenticator: RequestAuthenticator,
    private readonly challenges: ChallengeWriter,
    private readonly host: HttpAdapterHost,
    private readonly discovery: DiscoveryService,
    @Inject(STRATEGIES_BEFORE) before: ReadonlyMap<string, object>,
  ) {
    // Never asked, as {@link authenticate} does without.
    super({ jwtFromRequest: () => null, secretOrKeyProvider: refuse }, refuse);
    this.name = options.strategyName;
    const there = before.get(this.name);
    this.found = there && foreignBehind(there);
  }

  /**
   * @throws {ConfigurationError} when the application has two of these modules, which would trust each other's tokens,
   * or a strategy of its own with the name
   */
  onModuleInit(): void {
    const application = this.application();
    const there = application && strategies.get(application);
    // Nest runs the hooks again for a microservice that is connected with `deferInitialization`.
    if (there && there !== this) {
      throw new ConfigurationError('JwtAuthModule', [
        'forRoot: called twice in one application. Give several issuers to one module: issuers: [...]. A test that wants other options than AppModule has replaces the module: export const auth = JwtAuthModule.forRoot(...), import that, and Test.createTestingModule({ imports: [AppModule] }).overrideModule(auth).useModule(testAuth).',
      ]);
    }
    this.claimName();
    live.add(this);
    if (application) strategies.set(application, this);
  }

  /** @throws {ConfigurationError} when the application has taken the name meanwhile */
  onApplicationBootstrap(): void {
    this.claimName();
    // This application may have taken the name from another one.
    for (const strategy of live) strategy.takePlace();
  }

  onModuleDestroy(): void {
    live.delete(this);
    const application = this.application();
    if (application) strategies.remove(application, this);
  }

  override authenticate(request: HttpRequest, options?: unknown): void {
    const own = strategies.of(request);
    if (own?.name === this.name) own.authenticateFor(this, request);
    else if (this.displaced) runInstead(this.displaced, this, request, options);
    else this.error(new Error('The request is not of an application that has JwtAuthModule'));
  }

  private claimName(): void {
    const foreign = foreignNamed(this.name);
    if (foreign && this.isOfThisApplication(foreign)) {
      const { name } = this;
      const type: unknown = foreign.constructor?.name;
      throw new ConfigurationError('JwtAuthModule', [
        `strategyName: the application has a Passport strategy of its own (${String(type)}) with the name '${name}', and AuthGuard('${name}') can mean one of them only. Give that of this module another name, such as strategyName: 'access-token' for AuthGuard('access-token'), or remove the other one.`,
      ]);
    }
    this.takePlace();
  }

  private takePlace(): void {
    const there = strategyNamed(this.name);
    if (there instanceof JwtStrategy && live.has(there)) return;
    this.displaced = foreignNamed(this.name);
    registerStrategy(this.name, this);
  }

  /** Whoever registers a strategy by hand, or while this application starts, means this application. */
  private isOfThisApplication(strategy: object): boolean {
    if (OURS in strategy) return false;
    return (
      strategy !== this.found ||
      !isNestStrategy(strategy) ||
      this.discovery.getProviders().some(({ instance }) => instance === strategy)
    );
  }

  /** @param run the strategy that Passport runs for this one request, perhaps made by another application */
  private authenticateFor(run: Strategy, request: HttpRequest): void {
    const refused = (error: Error): void => {
      const response = this.challenges.responseOf(request);
      // Without a token the next strategy may have its turn, as in AuthGuard(['jwt', 'api-key']): nothing is refused yet.
      if (error instanceof MissingTokenError) {
        if (response) this.challenges.challenge(response, error);
        return run.fail(error, error.refusal.status);
      }
      if (response && error instanceof RequestRefusedError)
        this.challenges.write(response, error, { request });
      run.error(error);
    };
    this.authenticator
      .authenticate(request)
      .then((token) => this.checked(request, token))
      .then((token) => run.success(token), refused)
      // Nobody else holds this promise, and a rejection that nobody handles ends the process.
      .catch((error: Error) => run.error(error));
  }

  /** What the whole application asks for; Passport does not say which handler the request is for. */
  private checked(request: HttpRequest, token: AccessToken | undefined): AccessToken {
    const { requiredScopes } = this.options;
    if (!token) throw this.authenticator.missingToken(request, requiredScopes);
    if (requiredScopes.every((scope) => token.hasScope(scope))) return token;
    throw new InsufficientScopeError(requiredScopes);
  }

  private application(): object | undefined {
    return this.host.httpAdapter?.getInstance();
  }
}

/** The strategy with a name that is not of this module, also where one of this module stands before it. */
function foreignNamed(name: string): object | undefined {
  const there = strategyNamed(name);
  return there && foreignBehind(there);
}

function foreignBehind(strategy: object): object | undefined {
  return strategy instanceof JwtStrategy ? strategy['displaced'] : strategy;
}

/** passport-jwt asks for a way to its keys, and for what to do with claims; it never gets to use one. */
function refuse(...parameters: unknown[]): void {
  const done = parameters.at(-1);
  if (typeof done === 'function') done(new Error('The strategy verifies tokens by itself'));
}
