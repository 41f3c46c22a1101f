import { Inject, Injectable, Optional } from '@nestjs/common';
import type { TokenClientRegistry } from '../token-client/token-client.registry.js';
import { TOKEN_CLIENT_REGISTRY } from '../token-client/token-client.tokens.js';
import { SignInPages } from '../token-client/exceptions/sign-in-pages.js';
import { RequestContext } from '../user-tokens/request-context.js';
import { UserReferenceError } from '../user-tokens/user-reference.error.js';
import { isOver } from '../user-tokens/user-session.js';
import { UserTokenService } from '../token-client/user-token.service.js';
import { ResolvedLogin } from './resolved-login.js';
import { RESOLVED_LOGIN } from './user-login.tokens.js';

/** Knows whether whoever sends a request is still signed in, and where to sign in. */
@Injectable()
export class LoginSessions extends SignInPages {
  // Optional, so that it is our own error that says what is missing: the one of RESOLVED_LOGIN.
  constructor(
    @Inject(RESOLVED_LOGIN) private readonly login: ResolvedLogin,
    @Optional() private readonly userTokens: UserTokenService,
    @Optional() private readonly context: RequestContext,
    @Optional() @Inject(TOKEN_CLIENT_REGISTRY) private readonly registry: TokenClientRegistry,
  ) {
    super();
  }

  get loginURL(): string {
    return this.login.loginURL;
  }

  /** The URL to sign in at, and to come back from to a page. */
  loginURLFor(page: string): string {
    return this.login.loginURLFor(page);
  }

  /**
   * Whether nobody is signed in, or somebody for whom no token can be had any more.
   *
   * @throws {UserTokenStoreError}
   */
  isOver(request: object): Promise<boolean> {
    return this.context.run(request, async () => {
      const session = await this.userTokens.session().catch((error: unknown) => {
        // Somebody else's tokens are there: whoever has this session is not signed in any more.
        if (error instanceof UserReferenceError) return undefined;
        throw error;
      });
      return !session || isOver(session, this.registry.settings.clock.now());
    });
  }
}
