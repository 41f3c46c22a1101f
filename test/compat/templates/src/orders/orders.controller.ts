import { Controller, Get, Post } from '@nestjs/common';
import { AccessToken, Public, RequireScope } from 'nestjs-access-tokens';

@Controller('orders')
@RequireScope('orders.read')
export class OrdersController {
  @Get()
  list(@AccessToken() token: AccessToken) {
    return {
      caller: token.clientId,
      user: token.subject,
      mayWrite: token.hasScope('orders.write'),
    };
  }

  @Post()
  @RequireScope('orders.write')
  create() {
    return { created: true };
  }

  @Get('health')
  @Public()
  health() {
    return { ok: true };
  }
}
