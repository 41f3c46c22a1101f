import { Controller, Get } from '@nestjs/common';
import { startNest } from './nest-app.js';
import type { ServerSetup } from './server-setup.js';

@Controller()
class OpenController {
  @Get()
  find() {
    return { ok: true };
  }
}

/** No guard: the base that all others are measured against. */
export function startOpen({ platform }: ServerSetup): Promise<number> {
  return startNest(platform, { controllers: [OpenController] });
}
