import * as oidc from 'openid-client';
import type { ClientRegistration } from '../../sample/src/identity-server/client.registration.js';
import { sampleWebClient, type AuthorizationServer } from './authorization-server.js';
import { TestBrowser } from './test-browser.js';

export { TestBrowser } from './test-browser.js';

export interface SignInOptions {
  /** Default: the web application of the sample. */
  client?: ClientRegistration;
  /** Default: alice */
  user?: string;
  /** Default: openid profile email offline_access api1 */
  scope?: string;
  /** Default: the APIs that the scopes belong to. */
  resource?: string | readonly string[];
  /** More parameters of the authorization request, such as `prompt`. */
  parameters?: Record<string, string>;
  /** The key that all tokens are bound to (DPoP). Default: they are not. */
  dpop?: oidc.CryptoKeyPair;
  /** Default: a new one, in which nobody is signed in. */
  browser?: TestBrowser;
}

export interface SignedIn {
  accessToken: string;
  refreshToken: string;
  idToken: string;
  expiresIn: number;
  /** Those of the access token. */
  scope: string;
  /** `Bearer` or `DPoP` */
  tokenType: string;
  /** Of the ID token. */
  claims: oidc.IDToken;
}

/** Signs a user in over HTTP, as an application would: authorization code with PKCE, state and nonce. */
export async function signIn(
  server: AuthorizationServer,
  options: SignInOptions = {},
): Promise<SignedIn> {
  const { client = sampleWebClient, user = 'alice', resource = [], parameters, dpop } = options;
  const { scope = 'openid profile email offline_access api1', browser = new TestBrowser() } =
    options;
  const configuration = await configurationOf(server, client);
  const redirectUri = String(client.redirect_uris?.[0]);
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const verifier = oidc.randomPKCECodeVerifier();
  const handle = dpop && oidc.getDPoPHandle(configuration, dpop);
  const address = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope,
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(handle && { dpop_jkt: await handle.calculateThumbprint() }),
    ...parameters,
  });
  for (const api of [resource].flat()) address.searchParams.append('resource', api);
  await browser.get(address.href, { stopAt: redirectUri });
  if (browser.page.status !== 0) await browser.signIn(user, { stopAt: redirectUri });
  const tokens = await oidc.authorizationCodeGrant(
    configuration,
    new URL(browser.page.url),
    {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    },
    undefined,
    handle && { DPoP: handle },
  );
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? '',
    idToken: tokens.id_token ?? '',
    expiresIn: tokens.expires_in ?? 0,
    scope: tokens.scope ?? '',
    tokenType: tokens.token_type === 'dpop' ? 'DPoP' : 'Bearer',
    claims: tokens.claims() ?? { iss: '', sub: '', aud: '', iat: 0, exp: 0 },
  };
}

/** The client as openid-client knows it, for tests that do one of its steps by hand. */
export function configurationOf(
  server: AuthorizationServer,
  client: ClientRegistration = sampleWebClient,
): Promise<oidc.Configuration> {
  return oidc.discovery(
    new URL(server.issuer),
    client.client_id,
    undefined,
    oidc.ClientSecretBasic(client.client_secret),
    { execute: [oidc.allowInsecureRequests] },
  );
}
