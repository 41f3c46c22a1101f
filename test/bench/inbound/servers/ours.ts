import { Controller, Get } from '@nestjs/common';
import { JwtAuthModule } from 'nestjs-access-tokens';
import { AUDIENCE } from '../plan.js';
import { startNest } from './nest-app.js';
import type { ServerSetup } from './server-setup.js';

@Controller()
class GuardedController {
  @Get()
  find() {
    return { ok: true };
  }
}

/** This package, built, with nothing but the options it cannot do without. */
export function startOurs({ platform, issuer }: ServerSetup): Promise<number> {
  return startNest(platform, {
    imports: [JwtAuthModule.forRoot({ issuer, audience: AUDIENCE })],
    controllers: [GuardedController],
  });
}
