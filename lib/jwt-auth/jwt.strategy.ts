import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-jwt';
import { bearerToken, type HttpRequest } from './bearer-credentials.js';
import { ChallengeWriter } from './challenge-writer.js';
import { MissingTokenError, RequestRefusedError } from './errors.js';
import { RequestAuthenticator } from './request-authenticator.js';

/**
 * The Passport strategy `jwt`, for applications that say `AuthGuard('jwt')`. It is passport-jwt's in name and place,
 * and our verifier in deed: jsonwebtoken accepts unknown critical extensions, any `typ` and tokens without end.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(
    private readonly authenticator: RequestAuthenticator,
    private readonly challenges: ChallengeWriter,
  ) {
    super({
      jwtFromRequest: (request: HttpRequest) => bearerToken(request) ?? null,
      secretOrKeyProvider: refuse,
    });
  }

  override authenticate(request: HttpRequest): void {
    this.authenticator.authenticate(request).then(
      (token) => (token ? this.success(token) : this.refuse(request, new MissingTokenError())),
      (error: Error) => this.refuse(request, error),
    );
  }

  /** Never called: {@link authenticate} gives the user itself. */
  validate(): never {
    throw new Error('The strategy jwt verifies tokens by itself');
  }

  private refuse(request: HttpRequest, error: Error): void {
    const response = this.challenges.responseOf(request);
    if (response && error instanceof RequestRefusedError)
      this.challenges.write(response, error.refusal);
    // Without a token the next strategy may have its turn, as in AuthGuard(['jwt', 'api-key']).
    if (error instanceof MissingTokenError) this.fail(error, error.refusal.status);
    else this.error(error);
  }
}

/** passport-jwt asks for a way to its keys; it never gets to use one. */
function refuse(_request: unknown, _token: unknown, done: (error: Error) => void): void {
  done(new Error('The strategy jwt verifies tokens by itself'));
}
