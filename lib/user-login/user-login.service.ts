import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { AccessTokenError } from '../common/access-token.error.js';
import type { TokenClientRegistry } from '../token-client/token-client.registry.js';
import { TOKEN_CLIENT_REGISTRY } from '../token-client/token-client.tokens.js';
import { RequestContext } from '../user-tokens/request-context.js';
import type { Revocation } from '../user-tokens/revocation.js';
import { identityIn } from '../user-tokens/user-identity.js';
import { UserTokenService } from '../token-client/user-token.service.js';
import { LoginFailedError, LogoutRefusedError, UnknownLoginError } from './errors.js';
import { onceSent, onlyValue, readRequest } from '../common/http-request.js';
import { LoginReports } from './login-reports.js';
import { LoginServer } from './login-server.js';
import { LoginStrategy, type LoginTokens } from './login.strategy.js';
import { PendingLogins, type PendingLogin } from './pending-logins.js';
import { ResolvedLogin } from './resolved-login.js';
import { isFromOwnPage } from '../common/same-origin.js';
import { cookieFault, cookieNameFault } from './session-checks.js';
import { RESOLVED_LOGIN } from './user-login.tokens.js';
import { WebSession } from './web-session.js';

/** Signs users in and out. Each of these answers with the URL that the browser is to go to. */
@Injectable()
export class UserLoginService {
  private readonly logger = new Logger('UserLoginModule');
  private readonly server: LoginServer;
  private readonly pending: PendingLogins;
  private readonly reports: LoginReports;

  // Optional, so that it is our own error that says what is missing: the one of RESOLVED_LOGIN.
  constructor(
    @Inject(RESOLVED_LOGIN) private readonly login: ResolvedLogin,
    @Optional() @Inject(TOKEN_CLIENT_REGISTRY) registry: TokenClientRegistry,
    @Optional() private readonly userTokens: UserTokenService,
    @Optional() private readonly context: RequestContext,
  ) {
    this.server = new LoginServer(registry);
    this.pending = new PendingLogins(registry.settings.clock);
    this.reports = new LoginReports(this.logger, login.onFailed);
    context.open();
  }

  /** To the authorization server. @throws {LoginError} */
  begin(request: object, response: object): Promise<string> {
    return this.reports.about(async () => {
      const session = new WebSession(request);
      const returnTo = this.login.destination(onlyValue(readRequest(request).query, 'returnTo'));
      void session.content; // a missing session is to be told before anybody is asked
      const wanted = this.login.authorizationRequest();
      const { url, checks } = await this.server.withServer(
        [],
        ({ configuration, metadata, dpop }) => {
          const offered = metadata.pushed_authorization_request_endpoint !== undefined;
          const pushed = offered && this.login.pushes;
          return new LoginStrategy(configuration, dpop, { ...wanted, pushed }).begin();
        },
      );
      const state = String(checks['state']);
      await session.change((content) => this.pending.add(content, { state, checks, returnTo }));
      this.reports.warn(cookieFault(request));
      onceSent(response, (cookies) => this.reports.warn(cookieNameFault(cookies)));
      return url;
    });
  }

  /** From the authorization server, to where the user wanted to go. @throws {LoginError} */
  complete(request: object): Promise<string> {
    return this.reports.about(async () => {
      const { method, query } = readRequest(request);
      if (method !== 'GET') throw new UnknownLoginError(`it came with ${method}`);
      const session = new WebSession(request);
      const login = await this.takeLogin(session, onlyValue(query, 'state'));
      const secrets = [query.get('code'), login.checks['code_verifier'], login.state];
      const wanted = { ...this.login.authorizationRequest(), pushed: false };
      const tokens = await this.server.withServer(
        secrets.filter((secret) => typeof secret === 'string' && secret !== '').map(String),
        ({ configuration, dpop }) =>
          new LoginStrategy(configuration, dpop, wanted, query).complete(login.checks),
      );
      if (identityIn(tokens.id_token).subject === undefined) {
        throw new LoginFailedError(502, 'the ID token names nobody: its sub is empty');
      }
      await this.enter(request, session, tokens);
      return login.returnTo;
    });
  }

  /** To where the authorization server signs the user out as well. @throws {LoginError} */
  leave(request: object): Promise<string> {
    return this.reports.about(async () => {
      if (!isFromOwnPage(readRequest(request).headers, this.login.origin)) {
        throw new LogoutRefusedError();
      }
      const session = new WebSession(request);
      void session.content;
      const { user, idToken, revocation } = await this.context.run(request, async () => {
        const current = this.userTokens.currentUser();
        // Read by itself: what keeps the tokens from being forgotten is not to take it away.
        const hint = await this.attempt(() => this.userTokens.idToken());
        return { user: current, idToken: hint, revocation: await this.forget() };
      });
      await session.destroy();
      const { onSignedOut } = this.login;
      if (user) await this.reports.hook('onSignedOut', () => onSignedOut?.({ user, revocation }));
      const parameters = {
        post_logout_redirect_uri: this.login.afterLogout,
        ...(idToken !== undefined && { id_token_hint: idToken }),
      };
      const url = await this.server.endSessionURL(parameters).catch(() => undefined);
      return url ?? this.login.afterLogout;
    });
  }

  /** @throws {UnknownLoginError} */
  private async takeLogin(session: WebSession, state: string | undefined): Promise<PendingLogin> {
    if (state === undefined) throw new UnknownLoginError('it has no state');
    // Stored before anything else can fail: one attempt is all that an answer is good for.
    return session.change((content) => {
      const login = this.pending.take(content, state);
      if (login) return login;
      throw new UnknownLoginError(
        'its state is not one of this session; was the session cookie sent, with SameSite=Lax?',
      );
    });
  }

  /** Signs the user in to a new session, so that nobody is in it who knew the id of the old one. */
  private async enter(request: object, session: WebSession, tokens: LoginTokens): Promise<void> {
    const moveOthers = this.pending.move(session.content);
    await this.context.run(request, async () => {
      const before = this.userTokens.currentUser();
      await session.regenerate();
      moveOthers(session.content);
      const user = await this.userTokens.store({
        accessToken: tokens.access_token,
        tokenType: tokens.token_type,
        expiresInSeconds: tokens.expires_in,
        scope: tokens.scope,
        refreshToken: tokens.refresh_token,
        idToken: tokens.id_token,
      });
      // Not revoked: that could end the grant that the new tokens are of.
      if (before) await this.userTokens.clear(before.key);
      await this.welcome(request, session, user);
      await session.save();
    });
  }

  private async welcome(
    request: object,
    session: WebSession,
    user: Awaited<ReturnType<UserTokenService['store']>>,
  ): Promise<void> {
    if (!this.login.onSignedIn) return;
    try {
      const claims = (await this.userTokens.session(user))?.claims ?? {};
      await this.login.onSignedIn({ user, claims, request });
    } catch (error) {
      await this.forget();
      await session.destroy();
      throw error;
    }
  }

  /** Forgets the user and revokes the refresh token, as far as that is possible: signing out goes on. */
  private async forget(): Promise<Revocation> {
    const revocation = await this.attempt(() => this.userTokens.revoke({ token: 'refresh' }));
    if (!revocation) return { refreshToken: 'failed', accessTokens: 'none' };
    if (revocation.refreshToken === 'failed') {
      this.logger.warn(
        'refresh_token_not_revoked: A user has signed out, and the authorization server could not be told. The refresh token is forgotten here, and valid until it ends.',
      );
    }
    return revocation;
  }

  /** Nothing where the store of the tokens fails. */
  private async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AccessTokenError)) throw error;
      this.logger.warn(`user_tokens_not_forgotten: ${error.message}`);
      return undefined;
    }
  }
}
