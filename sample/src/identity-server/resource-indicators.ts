import { errors, type Client, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import type { Api } from './provider.options.js';
import type { SigningAlgorithm } from './signing-key.js';

type ResourceIndicators = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>;

/** Scopes about the user. They belong to no API. */
export const openIdScopes = ['openid', 'profile', 'email', 'offline_access'];

/**
 * Which API a token is for (RFC 8707). A client may say so with the parameter `resource`. If it does not,
 * the scopes decide, because each scope belongs to one API. A user may sign in for several APIs at once;
 * each token is for one of them.
 */
export function resourceIndicators(
  apis: readonly Api[],
  alg: SigningAlgorithm,
): ResourceIndicators {
  const ownersOf = (scopes: string[]) =>
    apis.filter((api) => api.scopes.some((scope) => scopes.includes(scope)));

  return {
    enabled: true,
    defaultResource: (ctx, client, granted) => {
      const wanted = identifiers(ownersOf(apiScopes(ctx)));
      if (granted) {
        return wanted.find((api) => granted.includes(api)) ?? granted[0] ?? '';
      }
      const owners = [
        ...wanted,
        ...identifiers(ownersOf(split(client.scope))),
        ...identifiers(apis),
      ];
      return startsSignIn(ctx) && wanted.length > 1 ? wanted : (owners[0] ?? '');
    },
    // A refresh for nothing but `openid` gets the one token that is for no API: that of userinfo.
    useGrantedResource: (ctx) => requestedScopes(ctx).length === 0 || apiScopes(ctx).length > 0,
    getResourceServerInfo: (ctx, identifier, client) => {
      const api = findApi(apis, identifier);
      refuseOtherScopes(ctx, client, apis);
      return resourceServerOf(api, alg);
    },
  };
}

function identifiers(apis: readonly Api[]): string[] {
  return apis.map(({ identifier }) => identifier);
}

export function findApi(apis: readonly Api[], identifier: string): Api {
  const api = apis.find((candidate) => candidate.identifier === identifier);
  if (!api) {
    throw new errors.InvalidTarget('this authorization server knows no such resource');
  }
  return api;
}

/** How the tokens of an API are made. */
export function resourceServerOf(api: Api, alg: SigningAlgorithm) {
  return {
    audience: api.identifier,
    scope: api.scopes.join(' '),
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg } },
  } as const;
}

/**
 * Otherwise a scope of another API would be left out in silence, and the client would learn of it only
 * when a call fails. A client without `scope` may ask for all that there is. What a user has granted
 * already is oidc-provider's to compare with.
 */
function refuseOtherScopes(ctx: KoaContextWithOIDC, client: Client, apis: readonly Api[]): void {
  if (!(startsSignIn(ctx) || ctx.oidc.params?.['grant_type'] === 'client_credentials')) {
    return;
  }
  const asked = new Set([ctx.oidc.params?.['resource']].flat());
  const offered = apis.flatMap(({ identifier, scopes }) => (asked.has(identifier) ? scopes : []));
  const allowed = client.scope === undefined ? offered : split(client.scope);
  for (const scope of apiScopes(ctx)) {
    if (!(offered.includes(scope) && allowed.includes(scope))) {
      throw new errors.InvalidScope('requested scope is not allowed', scope);
    }
  }
}

function startsSignIn(ctx: KoaContextWithOIDC): boolean {
  return ctx.oidc.params?.['response_type'] !== undefined;
}

function apiScopes(ctx: KoaContextWithOIDC): string[] {
  return requestedScopes(ctx).filter((scope) => !openIdScopes.includes(scope));
}

function requestedScopes(ctx: KoaContextWithOIDC): string[] {
  return split(ctx.oidc.params?.['scope']);
}

export function split(scope: unknown): string[] {
  return typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [];
}
