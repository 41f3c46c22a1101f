import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { AuthorizationServer } from './authorization-server.js';

interface TokenResponse {
  access_token: string;
  token_type: string;
  expires_in: number;
  scope: string;
  error?: string;
}

describe('the authorization server of the tests', () => {
  let server: AuthorizationServer;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });
  beforeEach(() => server.clear());
  afterAll(() => server.stop());

  async function requestToken(
    parameters: Record<string, string>,
    credentials = 'client:secret',
  ): Promise<{ status: number; body: TokenResponse }> {
    const response = await fetch(`${server.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(credentials)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }),
    });
    const body: TokenResponse = await response.json();
    return { status: response.status, body };
  }

  const verify = async (token: string) =>
    jwtVerify(token, createRemoteJWKSet(new URL(`${server.issuer}/jwks`)), {
      issuer: server.issuer,
    });

  it('is discovered at its issuer', async () => {
    const response = await fetch(`${server.issuer}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      issuer: server.issuer,
      token_endpoint: `${server.issuer}/token`,
      jwks_uri: `${server.issuer}/jwks`,
    });
  });

  it('issues a JWT access token for the API that owns the scope', async () => {
    const { status, body } = await requestToken({ scope: 'api1' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'api1' });
    expect(decodeProtectedHeader(body.access_token)).toMatchObject({
      typ: 'at+jwt',
      alg: 'RS256',
      kid: server.signingKey.kid,
    });
    const { payload } = await verify(body.access_token);
    expect(payload).toMatchObject({
      aud: 'https://api.example.com',
      client_id: 'client',
      scope: 'api1',
    });
  });

  it('issues it for the resource that the client names', async () => {
    const { body } = await requestToken(
      { resource: 'https://orders.example.com', scope: 'orders.read' },
      'gateway:gateway-secret',
    );
    const { payload } = await verify(body.access_token);
    expect(payload.aud).toBe('https://orders.example.com');
  });

  it('issues it for the API of the client when neither is named', async () => {
    const { body } = await requestToken({}, 'gateway:gateway-secret');
    expect((await verify(body.access_token)).payload.aud).toBe('https://orders.example.com');
  });

  it.each([
    ['a wrong secret', { scope: 'api1' }, 'client:wrong', 401, 'invalid_client'],
    ['an unknown client', { scope: 'api1' }, 'stranger:secret', 401, 'invalid_client'],
    ['a scope of another client', { scope: 'orders.read' }, 'client:secret', 400, 'invalid_scope'],
    ['a scope that nobody has', { scope: 'api9' }, 'client:secret', 400, 'invalid_scope'],
    [
      'an unknown resource',
      { resource: 'https://x.example' },
      'client:secret',
      400,
      'invalid_target',
    ],
  ])('refuses %s', async (_case, parameters, credentials, status, error) => {
    const answer = await requestToken(parameters, credentials);
    expect(answer).toMatchObject({ status, body: { error } });
  });

  it('counts what it is asked, and shows token requests without their secrets', async () => {
    await fetch(`${server.issuer}/.well-known/openid-configuration`);
    await fetch(`${server.issuer}/jwks`);
    await requestToken({ scope: 'api1' });
    await requestToken({ scope: 'api1' }, 'client:wrong');
    expect(server.requests).toEqual({ discovery: 1, jwks: 1, token: 2, other: 0 });
    expect(server.tokenExchanges).toMatchObject([
      {
        clientId: 'client',
        authentication: 'client_secret_basic',
        parameters: { grant_type: 'client_credentials', scope: 'api1' },
        status: 200,
      },
      { status: 401, body: { error: 'invalid_client' } },
    ]);
    server.clear();
    expect(server.requests.token).toBe(0);
  });

  it('mints tokens with its own key, and with claims left out', async () => {
    const { payload, protectedHeader } = await verify(
      await server.sign({ scope: 'api1 api2', jti: undefined }, { typ: 'JWT' }),
    );
    expect(payload).toMatchObject({ aud: 'https://api.example.com', scope: 'api1 api2' });
    expect(payload).not.toHaveProperty('jti');
    expect(protectedHeader.typ).toBe('JWT');
  });

  it('signs with a new key after a rotation, and publishes the old one until told otherwise', async () => {
    const old = await server.sign();
    await server.rotateKey();
    const { body } = await requestToken({ scope: 'api1' });
    expect(decodeProtectedHeader(body.access_token).kid).toBe(server.signingKey.kid);
    await expect(verify(old)).resolves.toBeDefined();
    await expect(verify(body.access_token)).resolves.toBeDefined();

    await server.rotateKey({ keepOld: false });
    await expect(verify(old)).rejects.toThrow('no applicable key found');
  });

  it('lets a test answer in its place', async () => {
    server.intercept = (kind, _request, response) => {
      if (kind === 'jwks') {
        response.writeHead(503).end();
        return true;
      }
      return false;
    };
    expect((await fetch(`${server.issuer}/jwks`)).status).toBe(503);
    expect((await requestToken({ scope: 'api1' })).status).toBe(200);
  });

  it('goes away and comes back on the same port with the same key', async () => {
    const { issuer } = server;
    const token = await server.sign();
    await server.stop();
    await expect(fetch(`${issuer}/jwks`)).rejects.toThrow('fetch failed');
    await server.start();
    expect(server.issuer).toBe(issuer);
    await expect(verify(token)).resolves.toBeDefined();
  });

  it.each(['RS256', 'PS256', 'ES256', 'Ed25519'] as const)(
    'has the clients, APIs, lifetime and algorithm that a test wants: %s',
    async (algorithm) => {
      const secret = 'its secret: 100 % odd/&+';
      const other = await AuthorizationServer.start({
        apis: [{ identifier: 'urn:other', scopes: ['other'] }],
        clients: [
          {
            client_id: 'poster',
            client_secret: secret,
            token_endpoint_auth_method: 'client_secret_post',
          },
        ],
        algorithm,
        accessTokenTtlSeconds: 5,
      });
      const response = await fetch(`${other.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          scope: 'other',
          client_id: 'poster',
          client_secret: secret,
        }),
      });
      await other.stop();
      const body: TokenResponse = await response.json();
      expect(body).toMatchObject({ expires_in: 5, scope: 'other' });
      expect(decodeProtectedHeader(body.access_token).alg).toBe(algorithm);
      expect(other.tokenExchanges).toMatchObject([{ authentication: 'client_secret_post' }]);
      expect(JSON.stringify(other.tokenExchanges)).not.toContain('100 %');
    },
  );
});
