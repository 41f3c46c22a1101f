import { Controller, Get, UseGuards } from '@nestjs/common';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { passportJwtSecret } from 'jwks-rsa';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { AUDIENCE } from '../plan.js';
import { startNest } from './nest-app.js';
import type { ServerSetup } from './server-setup.js';

@Controller()
class GuardedController {
  @Get()
  @UseGuards(AuthGuard('jwt'))
  find() {
    return { ok: true };
  }
}

/** What the documentation of Nest and of jwks-rsa say, put together. */
export function startStock({ platform, issuer }: ServerSetup): Promise<number> {
  class JwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super({
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        issuer,
        audience: AUDIENCE,
        algorithms: ['RS256', 'ES256'],
        secretOrKeyProvider: passportJwtSecret({ jwksUri: `${issuer}/jwks`, cache: true }),
      });
    }

    validate(payload: object) {
      return payload;
    }
  }
  return startNest(platform, {
    imports: [PassportModule],
    controllers: [GuardedController],
    providers: [JwtStrategy],
  });
}
