import { Controller, Get } from '@nestjs/common';
import { Public } from 'nestjs-access-tokens';

/** Open to everybody: the rule for the whole app does not reach a public endpoint. */
@Controller('health')
@Public()
export class HealthController {
  @Get()
  check(): { status: string } {
    return { status: 'ok' };
  }
}
