import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-jwt';
import { ConfigurationError } from '../common/configuration.error.js';
import type { HttpRequest } from './bearer-credentials.js';
import { ChallengeWriter } from './challenge-writer.js';
import { MissingTokenError, RequestRefusedError } from './errors.js';
import { RequestAuthenticator } from './request-authenticator.js';

/** Passport has one registry for the whole process, so the last strategy of all applications gets every request. */
const strategies = new WeakMap<object, JwtStrategy>();

/**
 * The Passport strategy `jwt`, for applications that say `AuthGuard('jwt')`. It is passport-jwt's in name and place,
 * and our verifier in deed: jsonwebtoken accepts unknown critical extensions, any `typ` and tokens without end.
 */
@Injectable()
export class JwtStrategy
  extends PassportStrategy(Strategy, 'jwt')
  implements OnModuleInit, OnModuleDestroy
{
  constructor(
    private readonly authenticator: RequestAuthenticator,
    private readonly challenges: ChallengeWriter,
    private readonly host: HttpAdapterHost,
  ) {
    super({
      // Never asked, as {@link authenticate} does without.
      jwtFromRequest: () => null,
      secretOrKeyProvider: refuse,
    });
  }

  /** @throws {ConfigurationError} when the application has two of these modules, which would trust each other's tokens */
  onModuleInit(): void {
    const application: object | undefined = this.host.httpAdapter?.getInstance();
    if (!application) return;
    if (strategies.has(application)) {
      throw new ConfigurationError('JwtAuthModule', [
        'forRoot: called twice in one application. Give several issuers to one module: issuers: [...].',
      ]);
    }
    strategies.set(application, this);
  }

  onModuleDestroy(): void {
    const application: object | undefined = this.host.httpAdapter?.getInstance();
    if (application && strategies.get(application) === this) strategies.delete(application);
  }

  override authenticate(request: HttpRequest): void {
    const own = strategyOf(request);
    if (!own) this.error(new Error('The request is not of an application that has JwtAuthModule'));
    else own.authenticateFor(this, request);
  }

  /** Never called: {@link authenticate} gives the user itself. */
  validate(): never {
    throw new Error('The strategy jwt verifies tokens by itself');
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
      if (response && error instanceof RequestRefusedError) this.challenges.write(response, error);
      run.error(error);
    };
    // In a function of its own, so that what is thrown at once is a rejection too.
    const authenticated = async () => this.authenticator.authenticate(request);
    authenticated()
      .then((token) => (token ? run.success(token) : refused(new MissingTokenError())), refused)
      // Nobody else holds this promise, and a rejection that nobody handles ends the process.
      .catch((error: Error) => run.error(error));
  }
}

/** Express and Fastify requests know their application; a Fastify plugin's is one that extends it. */
function strategyOf({ app, server }: HttpRequest): JwtStrategy | undefined {
  for (let owner = app ?? server; owner; owner = Object.getPrototypeOf(owner)) {
    const strategy = strategies.get(owner);
    if (strategy) return strategy;
  }
  return undefined;
}

/** passport-jwt asks for a way to its keys; it never gets to use one. */
function refuse(_request: unknown, _token: unknown, done: (error: Error) => void): void {
  done(new Error('The strategy jwt verifies tokens by itself'));
}
