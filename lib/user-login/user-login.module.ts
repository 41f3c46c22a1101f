import {
  Inject,
  Logger,
  Module,
  Optional,
  type DynamicModule,
  type NestModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { notRegistered } from '../common/configuration.error.js';
import { AccessTokenExceptionFilter } from '../token-client/exceptions/access-token-exception.filter.js';
import { SignInPages } from '../token-client/exceptions/sign-in-pages.js';
import { TOKEN_CLIENT_REGISTRY } from '../token-client/token-client.tokens.js';
import { resolveLogin } from './resolve-login.js';
import { userLoginController } from './user-login.controller.js';
import { LoginSessions } from './login-sessions.js';
import { UserLoginGuard } from './user-login.guard.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './user-login.module-definition.js';
import type { UserLoginModuleAsyncOptions, UserLoginModuleOptions } from './user-login.options.js';
import { missingSessions } from './session-checks.js';
import { UserLoginService } from './user-login.service.js';
import { IS_REGISTERED, LOGIN_PATH, RESOLVED_LOGIN } from './user-login.tokens.js';

const DEFAULT_PATH = '/auth';

/**
 * Signs users in to a web application at the authorization server of `TokenClientModule` (OpenID Connect,
 * authorization code with PKCE), and keeps their tokens for clients with `token: 'user'`. Brings the routes `login`,
 * `callback` and `logout`, and the {@link AccessTokenExceptionFilter}. Needs express-session or @fastify/session.
 */
@Module({})
export class UserLoginModule
  extends ConfigurableModuleClass
  implements NestModule, OnApplicationBootstrap
{
  /**
   * @internal The filter is optional, as there is none where the module is imported by its name alone.
   * @throws {ConfigurationError} when that is so, and it is imported nowhere with the options of `forRoot`
   */
  constructor(
    private readonly config: ApplicationConfig,
    private readonly host: HttpAdapterHost,
    @Optional() @Inject(IS_REGISTERED) isRegistered: true | undefined,
    @Optional() private readonly filter?: AccessTokenExceptionFilter,
  ) {
    super();
    if (!isRegistered) throw notRegistered('UserLoginModule', '{ baseURL }');
  }

  /** Puts the filter behind those of the application, which are all there by now. */
  configure(): void {
    const filters = this.config.getGlobalFilters();
    // Nest asks the last one first.
    if (this.filter && !filters.includes(this.filter)) filters.unshift(this.filter);
  }

  /** Says that there are no sessions, where that can be seen before anybody signs in. */
  onApplicationBootstrap(): void {
    // Said once, by the one that has the routes.
    if (!this.filter) return;
    // Null without HTTP, whatever the type says.
    const adapter: { getInstance(): unknown } | null = this.host.httpAdapter;
    const fault = adapter ? missingSessions(adapter.getInstance()) : undefined;
    if (fault !== undefined) new Logger('UserLoginModule').warn(fault);
  }

  /**
   * @throws {ConfigurationError} while the application starts, with all that is wrong with the options
   */
  static override forRoot(options: UserLoginModuleOptions): DynamicModule {
    // Code that is not type-checked may give nothing, which is to be a fault among the others.
    const given = { ...options };
    return withRoutes(super.forRoot(given), given.path);
  }

  /**
   * The same, with options from a factory: from configuration, a vault or another provider.
   *
   * @throws {ConfigurationError} while the application starts, with all that is wrong with the options
   */
  static override forRootAsync(options: UserLoginModuleAsyncOptions): DynamicModule {
    return withRoutes(super.forRootAsync(options), options.path);
  }
}

function withRoutes(definition: DynamicModule, path: unknown = DEFAULT_PATH): DynamicModule {
  return {
    ...definition,
    global: true,
    controllers: [userLoginController(String(path))],
    providers: [
      ...(definition.providers ?? []),
      { provide: IS_REGISTERED, useValue: true },
      { provide: LOGIN_PATH, useValue: path },
      {
        provide: RESOLVED_LOGIN,
        useFactory: resolveLogin,
        inject: [
          MODULE_OPTIONS_TOKEN,
          LOGIN_PATH,
          { token: TOKEN_CLIENT_REGISTRY, optional: true },
        ],
      },
      UserLoginService,
      LoginSessions,
      UserLoginGuard,
      { provide: SignInPages, useExisting: LoginSessions },
      AccessTokenExceptionFilter,
    ],
    exports: [IS_REGISTERED, RESOLVED_LOGIN, LoginSessions, SignInPages, UserLoginGuard],
  };
}
