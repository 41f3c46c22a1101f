import type { TokenClientRegistry } from '../token-client/token-client.registry.js';
import { splitScopes } from '../common/options/lists.js';
import { toArray } from '../common/options/lists.js';
import { localPath } from './local-path.js';
import type { AuthorizationRequest } from './login.strategy.js';
import type { UserLoginModuleOptions } from './user-login.options.js';

/** The options with all defaults filled in, and the URLs that come of them. */
export class ResolvedLogin {
  /** The one that browsers see. */
  readonly origin: string;
  readonly redirectURI: string;
  readonly loginURL: string;
  readonly onSignedIn: UserLoginModuleOptions['onSignedIn'];
  readonly onSignedOut: UserLoginModuleOptions['onSignedOut'];
  readonly onFailed: UserLoginModuleOptions['onFailed'];
  private readonly routes: string;

  /** Only for options without faults. */
  constructor(
    private readonly options: UserLoginModuleOptions,
    path: string,
    private readonly registry: TokenClientRegistry,
  ) {
    const { origin, pathname } = new URL(options.baseURL);
    this.origin = origin;
    this.routes = `${pathname.replace(/\/$/, '')}${path}/`;
    this.redirectURI = `${origin}${this.routes}callback`;
    this.loginURL = `${origin}${this.routes}login`;
    this.onSignedIn = options.onSignedIn;
    this.onSignedOut = options.onSignedOut;
    this.onFailed = options.onFailed;
  }

  get afterLogout(): string {
    return this.origin + (this.options.afterLogout ?? '/');
  }

  get pushes(): boolean {
    return this.options.pushedAuthorizationRequests !== 'never';
  }

  /** Where users go after signing in: where they wanted to, if that is a page of ours. */
  destination(wanted: string | undefined): string {
    const path = localPath(wanted, this.origin);
    // Signing in once more, or out, is not what anybody signed in for.
    const usable = path !== undefined && !path.startsWith(this.routes);
    return this.origin + (usable ? path : (this.options.afterLogin ?? '/'));
  }

  /** The URL to sign in at, and to come back from to a page. */
  loginURLFor(page: string): string {
    return `${this.loginURL}?returnTo=${encodeURIComponent(page)}`;
  }

  /** Worked out late: features register clients as well. */
  authorizationRequest(): Omit<AuthorizationRequest, 'pushed'> {
    const { scope, resource, prompt, parameters } = this.options;
    const shared = this.registry.userTemplate.parameters;
    const all = [shared, ...this.registry.clients.flatMap(ofUsers)];
    const scopes = scope ?? ['offline_access', ...all.flatMap((one) => toArray(one.scope))];
    const resources = resource ?? all.flatMap((one) => toArray(one.resource));
    return {
      redirectURI: this.redirectURI,
      scope: splitScopes(['openid', ...toArray(scopes)]).join(' '),
      resources: [...new Set(toArray(resources))],
      parameters: {
        ...(shared.audience !== undefined && { audience: shared.audience }),
        ...parameters,
        ...(prompt !== undefined && { prompt }),
      },
    };
  }
}

function ofUsers({ kind, template }: TokenClientRegistry['clients'][number]) {
  return kind === 'user' && template ? [template.parameters] : [];
}
