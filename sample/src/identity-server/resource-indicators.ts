import { errors, type Client, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import type { Api } from './provider.factory.js';
import type { SigningAlgorithm } from './signing-key.js';

type ResourceIndicators = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>;

/**
 * Which API a token is for (RFC 8707). A client may say so with the parameter `resource`. If it does not,
 * the scopes decide, because each scope belongs to one API.
 */
export function resourceIndicators(
  apis: readonly Api[],
  alg: SigningAlgorithm,
): ResourceIndicators {
  const ownerOf = (scopes: string[]) =>
    apis.find((api) => api.scopes.some((scope) => scopes.includes(scope)));

  return {
    enabled: true,
    defaultResource: (ctx, client) =>
      (ownerOf(requestedScopes(ctx)) ?? ownerOf(split(client.scope)) ?? apis[0])?.identifier,
    useGrantedResource: () => true,
    getResourceServerInfo: (ctx, identifier, client) => {
      const api = apis.find((candidate) => candidate.identifier === identifier);
      if (!api) {
        throw new errors.InvalidTarget('this authorization server knows no such resource');
      }
      refuseOtherScopes(requestedScopes(ctx), client, api);
      return {
        audience: api.identifier,
        scope: api.scopes.join(' '),
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg } },
      };
    },
  };
}

/**
 * Otherwise a scope of another API would be left out in silence, and the client would learn of it only
 * when a call fails. A client without `scope` may ask for all that there is.
 */
function refuseOtherScopes(scopes: string[], client: Client, api: Api): void {
  const allowed = client.scope === undefined ? api.scopes : split(client.scope);
  for (const scope of scopes) {
    if (!(api.scopes.includes(scope) && allowed.includes(scope))) {
      throw new errors.InvalidScope('requested scope is not allowed', scope);
    }
  }
}

function requestedScopes(ctx: KoaContextWithOIDC): string[] {
  return split(ctx.oidc.params?.['scope']);
}

function split(scope: unknown): string[] {
  return typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [];
}
