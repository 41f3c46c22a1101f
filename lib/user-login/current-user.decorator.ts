import { createParamDecorator, Inject, Injectable, type PipeTransform } from '@nestjs/common';
import { UserTokenService } from '../token-client/user-token.service.js';
import type { UserSession } from '../user-tokens/user-session.js';

@Injectable()
class CurrentUserPipe implements PipeTransform<unknown, Promise<UserSession | undefined>> {
  constructor(@Inject(UserTokenService) private readonly userTokens: UserTokenService) {}

  transform(): Promise<UserSession | undefined> {
    return this.userTokens.session();
  }
}

const decorate = createParamDecorator(() => undefined);

/**
 * Gives a handler the current user: a `UserSession` with the claims of the ID token and without any token;
 * `undefined` where nobody is signed in, which behind `UserLoginGuard` cannot be.
 *
 * @example
 * ```ts
 * @Get()
 * @UseGuards(UserLoginGuard)
 * profile(@CurrentUser() user: UserSession) {
 *   return user.claims;
 * }
 * ```
 */
export function CurrentUser(): ParameterDecorator {
  return decorate(CurrentUserPipe);
}
