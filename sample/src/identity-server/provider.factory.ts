// oxlint-disable-next-line import/no-unassigned-import -- runs before oidc-provider is loaded
import './runtime-notice.js';
import { randomBytes } from 'node:crypto';
import { errors, Provider, type Client } from 'oidc-provider';
import { withGrantTypes } from './client.registration.js';
import { addTokenExchange } from './exchange/exchange.grant.js';
import { actClaim } from './exchange/exchanged-token.js';
import { lifetimes } from './lifetimes.js';
import { memoryAdapter } from './memory.adapter.js';
import { renderError } from './pages/error.page.js';
import { interactionPath, serveInteractions } from './pages/interactions.js';
import { showLoggedOutPage, showLogoutPage } from './pages/logout.page.js';
import { resourceIndicators } from './resource-indicators.js';
import type { ProviderOptions } from './provider.options.js';
import { findAccountIn } from './users.js';

/** Sessions end with this process anyway, and so may the key that signs their cookies. */
const cookieKey = randomBytes(32).toString('base64url');

/**
 * An authorization server that knows two things: JWT access tokens for clients by client credentials, and
 * for users by authorization code. A client proves with PKCE that it is the one that began the sign-in. A
 * refresh token is good once; whoever uses it again ends the whole grant.
 */
export function createProvider(options: ProviderOptions): Provider {
  const { issuer, jwks, apis, clients, users = [], configuration } = options;
  const { alg } = jwks.keys[0];
  const provider = new Provider(issuer, {
    jwks: structuredClone(jwks),
    clients: clients.map(withGrantTypes),
    clientDefaults: {
      redirect_uris: [],
      id_token_signed_response_alg: alg,
    },
    extraClientMetadata: { properties: ['api_identifier'] },
    // Naming the scopes makes `scope` of a client a limit: asking for another one is `invalid_scope`.
    scopes: ['openid', 'offline_access', ...apis.flatMap((api) => api.scopes)],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    responseTypes: ['code'],
    pkce: { required: () => true },
    findAccount: findAccountIn(users),
    extraTokenClaims: actClaim,
    rotateRefreshToken: true,
    // Also without `offline_access`; such a refresh token ends when the user signs out here.
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    adapter: memoryAdapter(),
    cookies: { keys: [cookieKey] },
    ttl: lifetimes(options),
    interactions: { url: (_ctx, { uid }) => interactionPath(uid) },
    clientBasedCORS: () => false,
    renderError,
    ...configuration,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      resourceIndicators: resourceIndicators(apis, alg),
      revocation: { enabled: true, allowedPolicy: revokesOwnToken },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: showLogoutPage,
        postLogoutSuccessSource: showLoggedOutPage,
      },
      ...configuration?.features,
    },
  });
  addTokenExchange(provider, options);
  serveInteractions(provider, users);
  return provider;
}

/** RFC 7009 section 2.1: a client that revokes a token of another one is told so. */
function revokesOwnToken(
  _ctx: unknown,
  client: Client,
  token: { clientId?: string | undefined },
): boolean {
  if (token.clientId !== client.clientId) {
    throw new errors.InvalidRequest('the token belongs to another client');
  }
  return true;
}
