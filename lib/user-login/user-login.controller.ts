import {
  Controller,
  Get,
  Header,
  Inject,
  Post,
  Redirect,
  Req,
  Res,
  VERSION_NEUTRAL,
  type Type,
} from '@nestjs/common';
import { markPublic } from '../common/public-route.js';
import { UserLoginService } from './user-login.service.js';

interface Redirection {
  readonly url: string;
  readonly statusCode: number;
}

/** The three routes that users sign in and out by. */
abstract class UserLoginController {
  constructor(@Inject(UserLoginService) private readonly logins: UserLoginService) {}

  @Get('login')
  @Header('Cache-Control', 'no-store')
  @Redirect()
  async login(
    @Req() request: object,
    @Res({ passthrough: true }) response: object,
  ): Promise<Redirection> {
    return { url: await this.logins.begin(request, response), statusCode: 302 };
  }

  @Get('callback')
  @Header('Cache-Control', 'no-store')
  @Redirect()
  async callback(@Req() request: object): Promise<Redirection> {
    return { url: await this.logins.complete(request), statusCode: 302 };
  }

  /** POST, so that no link, image or prefetch signs anybody out. */
  @Post('logout')
  @Header('Cache-Control', 'no-store')
  @Redirect()
  async logout(@Req() request: object): Promise<Redirection> {
    return { url: await this.logins.leave(request), statusCode: 303 };
  }
}

/** The controller at a path, which an option says: a class of its own, as Nest reads the path from the class. */
export function userLoginController(path: string): Type {
  class UserLoginRoutes extends UserLoginController {}
  Controller({ path, version: VERSION_NEUTRAL })(UserLoginRoutes);
  markPublic(UserLoginRoutes);
  return UserLoginRoutes;
}
