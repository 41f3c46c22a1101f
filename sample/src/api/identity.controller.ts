import { Controller, Get } from '@nestjs/common';
import { AccessToken } from 'nestjs-access-tokens';

interface Claim {
  type: string;
  value: unknown;
}

/** Needs `api1` without saying so: that is the rule for the whole app. */
@Controller('identity')
export class IdentityController {
  /** What this API knows about the caller. A claim with several values is listed once for each. */
  @Get()
  claims(@AccessToken() token: AccessToken): Claim[] {
    return Object.entries(token.claims).flatMap(([type, value]) =>
      [value].flat().map((single) => ({ type, value: single })),
    );
  }
}
