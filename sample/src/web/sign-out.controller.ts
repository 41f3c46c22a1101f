import { promisify } from 'node:util';
import { Controller, Get, Post, Redirect, Req, Session } from '@nestjs/common';
import type { Request } from 'express';
import type { SessionData } from 'express-session';
import { UserTokenService, type Revocation } from 'nestjs-access-tokens';
import { signedOutPage } from './pages/signed-out.page.js';

declare module 'express-session' {
  interface SessionData {
    /** What became of the tokens of whoever has just signed out. */
    revocation?: Revocation;
  }
}

/**
 * Signs out in two steps, so that what became of the refresh token can be seen in between. `POST /auth/logout` of
 * UserLoginModule does both at once, and is what the second step uses.
 */
@Controller()
export class SignOutController {
  constructor(private readonly userTokens: UserTokenService) {}

  @Post('sign-out')
  @Redirect('/signed-out', 303)
  async signOut(@Req() request: Request): Promise<void> {
    const revocation = await this.userTokens.revoke({ token: 'refresh' });
    // A session with another id and nothing in it: whoever is next begins anew.
    await promisify(request.session.regenerate.bind(request.session))();
    request.session.revocation = revocation;
    await promisify(request.session.save.bind(request.session))();
  }

  @Get('signed-out')
  signedOut(@Session() { revocation }: SessionData): string {
    return signedOutPage(revocation);
  }
}
