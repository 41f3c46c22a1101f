import { randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { platforms } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { CertificateAuthority } from '../../support/certificates.js';
import { startLoginApp, type LoginApp, type LoginAppParts } from '../../support/login-app.js';
import { expectNoSecret } from '../../support/secrets.js';
import { SecureServer } from '../../support/secure-server.js';
import { clientKey, remoteSigner } from '../../support/signing-keys.js';
import { TestBrowser } from '../../support/test-browser.js';

describe.each(platforms)('signing in with %s, as a client', (platform) => {
  const servers: AuthorizationServer[] = [];
  const running: LoginApp[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.close()));
    await Promise.all(servers.splice(0).map((each) => each.stop()));
  });

  async function started(
    parts: Partial<LoginAppParts> = {},
    features: Record<string, unknown> = {},
  ): Promise<{ app: LoginApp; server: AuthorizationServer }> {
    const server = await AuthorizationServer.start({ configuration: { features } });
    servers.push(server);
    const app = await startLoginApp({ platform, server, ...parts });
    running.push(app);
    return { app, server };
  }

  async function signedIn({ url }: LoginApp): Promise<TestBrowser> {
    const browser = new TestBrowser();
    await browser.get(`${url}/auth/login`);
    await browser.signIn('alice');
    return browser;
  }

  const claimsOf = (text: string) =>
    JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as {
      jti: string;
      aud: string;
      sub: string;
    };

  it('with a private key: a fresh assertion for each request, PAR included', async () => {
    const key = clientKey('ES256');
    const signer = remoteSigner(key);
    // That of Jest makes objects of another realm, which oidc-provider takes for no JWKs.
    jest
      .spyOn(globalThis, 'structuredClone')
      .mockImplementation((value) => JSON.parse(JSON.stringify(value)) as unknown);
    const { app, server } = await started({
      clients: {
        clientSecret: undefined,
        clientAuthentication: { method: 'private_key_jwt', key: signer },
      },
      registration: {
        client_secret: undefined,
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [key.publicJwk as never] },
      },
    });
    const browser = await signedIn(app);
    jest.restoreAllMocks();
    expect((await browser.get(`${app.url}/profile`)).status).toBe(200);
    expect(server.tokenExchanges).toMatchObject([
      { clientId: 'web', authentication: 'private_key_jwt', status: 200 },
    ]);
    // One for the pushed request, one for the code.
    const assertions = signer.inputs.map(claimsOf);
    expect(assertions).toMatchObject([
      { sub: 'web', aud: server.issuer },
      { sub: 'web', aud: server.issuer },
    ]);
    expect(new Set(assertions.map(({ jti }) => jti)).size).toBe(2);
  });

  it('with an ID token of a new key, however fresh the keys are: each time that it is another', async () => {
    const { app, server } = await started();
    await signedIn(app);
    await signedIn(app);
    expect(server.requests.jwks).toBe(1);
    for (const keepOld of [true, false]) {
      await server.rotateKey({ keepOld });
      const browser = await signedIn(app);
      expect((await browser.get(`${app.url}/profile`)).status).toBe(200);
      await signedIn(app);
    }
    expect(server.requests.jwks).toBe(3);
  });

  it('with a certificate: shown where the client proves itself, at the addresses for that', async () => {
    const authority = await CertificateAuthority.create();
    const web = await authority.client('web');
    const plain = await AuthorizationServer.start();
    servers.push(plain);
    const front = await SecureServer.start(authority, ({ path }) => {
      if (path.startsWith('/.well-known')) return { body: metadata };
      return path === '/mtls/par'
        ? { status: 201, body: { request_uri: 'urn:1', expires_in: 60 } }
        : { status: 400, body: { error: 'invalid_grant' } };
    });
    const { origin } = front;
    const metadata = {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      jwks_uri: `${origin}/jwks`,
      pushed_authorization_request_endpoint: `${origin}/par`,
      mtls_endpoint_aliases: {
        token_endpoint: `${origin}/mtls/token`,
        pushed_authorization_request_endpoint: `${origin}/mtls/par`,
      },
    };
    try {
      const app = await startLoginApp({
        platform,
        server: plain,
        clients: {
          issuer: origin,
          clientSecret: undefined,
          clientAuthentication: { method: 'tls_client_auth', ...web },
          backchannel: { ca: authority.certificate, retries: 0 },
        },
      });
      running.push(app);
      const browser = new TestBrowser();
      const begun = await browser.get(`${app.url}/auth/login`, { followRedirects: false });
      expect(begun.headers.location).toBe(`${origin}/authorize?request_uri=urn%3A1&client_id=web`);
      const pushed = new URLSearchParams(front.requests.at(-1)?.body);
      const state = String(pushed.get('state'));
      const answer = await browser.get(`${app.url}/auth/callback?code=c&state=${state}`);
      expect(answer.status).toBe(401);
      expect(front.requests.map(({ path, presented }) => [path, presented])).toEqual([
        ['/.well-known/openid-configuration', undefined],
        ['/mtls/par', 'web'],
        ['/mtls/token', 'web'],
      ]);
    } finally {
      await front.stop();
    }
  });

  describe('with tokens that are bound to a key', () => {
    it('says which key in the authorization request, and proves it for the code', async () => {
      const { app, server } = await started({
        clients: { dpop: true },
        login: { pushedAuthorizationRequests: 'never' },
      });
      const page = await new TestBrowser().get(`${app.url}/auth/login`, { followRedirects: false });
      const thumbprint = new URL(String(page.headers.location)).searchParams.get('dpop_jkt');
      expect(thumbprint).toMatch(/^[\w-]{43}$/);
      const browser = await signedIn(app);
      const { body } = await browser.get(`${app.url}/token`);
      const { accessToken, tokenType } = JSON.parse(body) as Record<string, string>;
      expect(tokenType).toBe('DPoP');
      expect(decodeJwt(String(accessToken))['cnf']).toEqual({ jkt: thumbprint });
      expect(server.tokenExchanges).toMatchObject([{ body: { token_type: 'DPoP' } }]);
    });

    it('with a pushed request, and a server that wants its nonce in each proof', async () => {
      const { app, server } = await started(
        { clients: { dpop: true } },
        { dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true } },
      );
      const browser = await signedIn(app);
      expect((await browser.get(`${app.url}/profile`)).status).toBe(200);
      expect(server.tokenExchanges.at(-1)).toMatchObject({
        status: 200,
        body: { token_type: 'DPoP' },
      });
    });

    it('takes no token that is not', async () => {
      const { app, server } = await started({ clients: { dpop: true } });
      const browser = new TestBrowser();
      await browser.get(`${app.url}/auth/login`);
      const callback = `${app.url}/auth/callback`;
      await browser.signIn('alice', { stopAt: callback });
      server.intercept = (kind, _request, response) => {
        if (kind !== 'token') return false;
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end('{"access_token":"t","token_type":"Bearer","id_token":"x.y.z"}');
        return true;
      };
      expect((await browser.get(browser.page.url, { followRedirects: false })).status).toBe(503);
      expect(app.logs.lines.join('\n')).toContain('token_type other than DPoP');
    });
  });

  it('that the server does not know: 502, and who looks after it can read why', async () => {
    const { app } = await started({ clients: { clientSecret: 'another-secret' } });
    const page = await new TestBrowser().get(`${app.url}/auth/login`);
    expect(page.status).toBe(502);
    expect(app.logs.lines.join('\n')).toContain('answered 401 invalid_client');
    expectNoSecret([page.body, app.logs.lines], 'another-secret');
  });

  it('whose secret cannot be read: 503', async () => {
    const { app } = await started({
      clients: {
        clientSecret: () => {
          throw new Error('hunter2');
        },
      },
    });
    const page = await new TestBrowser().get(`${app.url}/auth/login`);
    expect(page.status).toBe(503);
    expectNoSecret([page.body, app.logs.lines], 'hunter2');
  });
});
