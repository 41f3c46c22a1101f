import { Controller, Get, Session } from '@nestjs/common';
import type { SessionData } from 'express-session';
import { CurrentUser, type UserSession } from 'nestjs-access-tokens';
import { homePage } from './pages/home.page.js';
import { welcomePage } from './pages/welcome.page.js';
import { TokenWatch } from './token-watch.js';

@Controller()
export class HomeController {
  constructor(private readonly watch: TokenWatch) {}

  /** For everybody: who is not signed in is asked to. */
  @Get()
  home(@CurrentUser() user: UserSession | undefined, @Session() session: SessionData): string {
    return user && !user.ended
      ? homePage(user, this.watch.look(session, user))
      : welcomePage({ ended: user !== undefined });
  }
}
