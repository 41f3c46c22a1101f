import { Controller, Get, Session, UseGuards } from '@nestjs/common';
import type { SessionData } from 'express-session';
import {
  CurrentUser,
  UserLoginGuard,
  UserTokenService,
  type UserSession,
} from 'nestjs-access-tokens';
import { callPage } from './pages/call.page.js';
import { SampleApi } from './sample-api.js';
import { TokenWatch } from './token-watch.js';

/** Calls the API, in the name of whoever is signed in or in that of this application. */
@Controller('calls')
export class CallsController {
  constructor(
    private readonly api: SampleApi,
    private readonly userTokens: UserTokenService,
    private readonly watch: TokenWatch,
  ) {}

  /** Who is not signed in is asked to, and comes back here. */
  @Get('user')
  @UseGuards(UserLoginGuard)
  async asUser(@CurrentUser() user: UserSession, @Session() session: SessionData): Promise<string> {
    const before = this.watch.look(session, user);
    const claims = await this.api.whoIsTheUser();
    // The call may have brought a new token.
    const after = this.watch.look(session, (await this.userTokens.session()) ?? user);
    return callPage({
      title: 'Called with your token',
      claims,
      user,
      token: after,
      refreshed: before?.refreshes !== after?.refreshes,
    });
  }

  @Get('application')
  async asApplication(@CurrentUser() user: UserSession | undefined): Promise<string> {
    const claims = await this.api.whoAmI();
    return callPage({ title: 'Called with the token of this application', claims, user });
  }
}
