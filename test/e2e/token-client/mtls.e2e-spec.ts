import { X509Certificate } from 'node:crypto';
import {
  ClientSecretUnavailableError,
  ConfigurationError,
  TokenRequestError,
  type TlsClientAuthentication,
  type TokenClientModuleOptions,
  UserTokenService,
} from 'nestjs-access-tokens';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { CertificateAuthority, type PemPair } from '../../support/certificates.js';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { SecureServer, type SecureResponder } from '../../support/secure-server.js';
import { TokenClients } from '../../support/token-clients.js';

const orders = { baseURL: 'https://orders.example' };
const byCertificate = (
  { certificate, key }: Pick<TlsClientAuthentication, 'certificate' | 'key'>,
  method: TlsClientAuthentication['method'] = 'tls_client_auth',
): TlsClientAuthentication => ({ method, certificate, key });

describe('a client that proves itself with a certificate', () => {
  let authority: CertificateAuthority;
  let gateway: PemPair;
  let billing: PemPair;
  let server: SecureServer;

  beforeAll(async () => {
    authority = await CertificateAuthority.create();
    gateway = await authority.client('gateway');
    billing = await authority.client('billing');
    server = await SecureServer.start(authority);
  });

  beforeEach(() => {
    server.requests.length = 0;
    server.respond = tokenEndpoint();
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  const start = (
    clientAuthentication: TlsClientAuthentication,
    more: Partial<TokenClientModuleOptions> = {},
  ) =>
    TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'gateway',
      clientAuthentication,
      backchannel: { ca: authority.certificate },
      clients: { orders },
      ...more,
    });
  const presented = () => server.requests.map((request) => request.presented);

  describe('to a real authorization server', () => {
    let behind: AuthorizationServer;
    let front: SecureServer;

    /** What stands in front of most authorization servers: it ends TLS and says whose certificate it was. */
    const forward: SecureResponder = async ({ certificate, headers, body, path }) => {
      const pem = certificate ?? '';
      const known = { 'x-client-certificate': encodeURIComponent(pem) };
      const answer = await fetch(`${behind.issuer}${path}`, {
        method: 'POST',
        headers: { 'content-type': String(headers['content-type']), ...known },
        body,
      });
      return { status: answer.status, body: await answer.text() };
    };

    beforeAll(async () => {
      front = await SecureServer.start(authority, forward);
      behind = await AuthorizationServer.start({
        clients: [
          {
            client_id: 'gateway',
            token_endpoint_auth_method: 'tls_client_auth',
            tls_client_auth_subject_dn: 'CN=gateway',
            tls_client_certificate_bound_access_tokens: true,
          },
        ],
        configuration: {
          discovery: { mtls_endpoint_aliases: { token_endpoint: `${front.origin}/token` } },
          clientAuthMethods: ['tls_client_auth', 'client_secret_basic'],
          features: {
            mTLS: {
              enabled: true,
              tlsClientAuth: true,
              certificateBoundAccessTokens: true,
              getCertificate: (ctx) => certificateIn(ctx.get('x-client-certificate')),
              certificateAuthorized: () => true,
              certificateSubjectMatches: (ctx, property, expected) =>
                property === 'tls_client_auth_subject_dn' &&
                certificateIn(ctx.get('x-client-certificate'))?.subject === expected,
            },
          },
        },
      });
    });

    afterAll(() => Promise.all([behind.stop(), front.stop()]));

    const get = async (pair: PemPair) => {
      const clients = await start(byCertificate(pair), {
        tokenEndpoint: undefined,
        issuer: behind.issuer,
        clients: { orders: { ...orders, resource: 'https://orders.example.com' } },
      });
      return clients.tokens.getToken('orders');
    };

    it('at the place that its metadata names for it, and the token is bound to the certificate', async () => {
      const { accessToken } = await get(gateway);
      expect(front.requests.map((request) => request.presented)).toEqual(['gateway']);
      const payload: unknown = JSON.parse(
        Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString(),
      );
      const { fingerprint256 } = new X509Certificate(gateway.certificate);
      const thumbprint = Buffer.from(fingerprint256.replaceAll(':', ''), 'hex');
      expect(payload).toMatchObject({ cnf: { 'x5t#S256': thumbprint.toString('base64url') } });
    });

    it('but not with the certificate of somebody else', async () => {
      const error = await rejection(get(billing));
      expect(error).toBeInstanceOf(TokenRequestError);
      expect(error).toMatchObject({ oauthError: 'invalid_client', status: 401 });
    });
  });

  it.each(['tls_client_auth', 'self_signed_tls_client_auth'] as const)(
    'says its name in the body, and nothing else that proves anything: %s',
    async (method) => {
      const { tokens } = await start(byCertificate(gateway, method));
      await tokens.getToken('orders');
      expect(server.requests).toMatchObject([
        { presented: 'gateway', body: 'grant_type=client_credentials&client_id=gateway' },
      ]);
      expect(server.requests[0]?.headers.authorization).toBeUndefined();
    },
  );

  it('does not present it to discovery, and goes where the metadata says', async () => {
    const token = tokenEndpoint();
    const aliased = await SecureServer.start(authority, token);
    const { origin } = server;
    server.respond = () => ({
      body: {
        issuer: origin,
        token_endpoint: `${origin}/token`,
        mtls_endpoint_aliases: { token_endpoint: `${aliased.origin}/mtls/token` },
      },
    });
    const named = { tokenEndpoint: undefined, issuer: origin };
    const { tokens } = await start(byCertificate(gateway), named);
    await tokens.getToken('orders');
    expect(server.requests).toMatchObject([
      { presented: undefined, path: '/.well-known/openid-configuration' },
    ]);
    expect(aliased.requests).toMatchObject([{ presented: 'gateway', path: '/mtls/token' }]);
    await aliased.stop();
  });

  it.each([
    ['at the place that is named for that', true],
    ['at the usual place where no other is named', false],
  ])('is presented to revoke tokens as well, %s', async (_where, named) => {
    const aliased = await SecureServer.start(authority, () => ({ body: {} }));
    const { origin } = server;
    const aliases = { revocation_endpoint: `${aliased.origin}/mtls/revoke` };
    server.respond = ({ method }) =>
      method === 'POST'
        ? { body: {} }
        : {
            body: {
              issuer: origin,
              token_endpoint: `${origin}/token`,
              revocation_endpoint: `${origin}/revoke`,
              ...(named && { mtls_endpoint_aliases: aliases }),
            },
          };
    const { app } = await start(byCertificate(gateway), {
      tokenEndpoint: undefined,
      issuer: origin,
    });
    const users = app.get(UserTokenService);
    await users.store({ accessToken: 'at', refreshToken: 'rt', expiresInSeconds: 300 }, 'alice');
    const revocation = await users.revoke({ user: 'alice' });
    expect(revocation).toEqual({ refreshToken: 'revoked', accessTokens: 'revoked' });
    const [asked, other] = named ? [aliased, server] : [server, aliased];
    const path = named ? '/mtls/revoke' : '/revoke';
    expect(asked.requests.filter(({ method }) => method === 'POST')).toMatchObject([
      { presented: 'gateway', path, body: expect.stringContaining('token=rt') },
      { presented: 'gateway', path, body: expect.stringContaining('token=at') },
    ]);
    expect(other.requests.filter(({ method }) => method === 'POST')).toEqual([]);
    await aliased.stop();
  });

  it('goes to the usual token endpoint where no other is named, or none over https', async () => {
    const token = tokenEndpoint();
    const { origin } = server;
    for (const aliases of [undefined, {}, { token_endpoint: 'http://127.0.0.1/token' }]) {
      server.requests.length = 0;
      server.respond = (request, response) =>
        request.path === '/token'
          ? token(request, response)
          : {
              body: {
                issuer: origin,
                token_endpoint: `${origin}/token`,
                mtls_endpoint_aliases: aliases,
              },
            };
      const named = { tokenEndpoint: undefined, issuer: origin };
      const { tokens } = await start(byCertificate(gateway), named);
      await tokens.getToken('orders');
      expect(server.requests.at(-1)).toMatchObject({ presented: 'gateway', path: '/token' });
    }
  });

  it('sends nothing over plain http, where no certificate can be presented', async () => {
    const plain = await RecordingServer.start();
    plain.respond = () => ({
      body: { issuer: plain.origin, token_endpoint: `${plain.origin}/token` },
    });
    const named = { tokenEndpoint: undefined, issuer: plain.origin };
    const { tokens } = await start(byCertificate(gateway), named);
    expect(await rejection(tokens.getToken('orders'))).toMatchObject({
      code: 'token_endpoint_unavailable',
      reason: `${plain.origin}/token is not https, so that no certificate can be presented`,
    });
    expect(plain.requests.map(({ path }) => path)).toEqual(['/.well-known/openid-configuration']);
    await plain.stop();
  });

  it('shares neither token nor connection with others', async () => {
    const { tokens } = await start(byCertificate(gateway), {
      clients: {
        one: orders,
        two: { ...orders, clientId: 'gateway', clientAuthentication: byCertificate(billing) },
        three: { ...orders, clientId: 'gateway', clientSecret: 'secret' },
        // The same certificate in another text: with a chain.
        four: {
          ...orders,
          clientId: 'gateway',
          clientAuthentication: byCertificate({
            ...gateway,
            certificate: `${gateway.certificate}\n${authority.certificate}`,
          }),
        },
      },
    });
    const issued: string[] = [];
    for (const name of ['one', 'two', 'three', 'four']) {
      issued.push((await tokens.getToken(name)).accessToken);
    }
    expect(presented()).toEqual(['gateway', 'billing', undefined]);
    expect(issued).toEqual(['token-1', 'token-2', 'token-3', 'token-1']);
  });

  it('uses a connection again for its own requests', async () => {
    const { tokens } = await start(byCertificate(gateway));
    const before = server.connections;
    for (let count = 0; count < 10; count += 1) await tokens.getToken('orders', { force: true });
    expect(server.requests).toHaveLength(10);
    // The one that was used last may not be free again yet.
    expect(server.connections - before).toBeLessThanOrEqual(2);
  });

  it('presents the new one with the next token request after a rotation', async () => {
    let current = gateway;
    const { tokens } = await start(
      byCertificate({ certificate: () => current.certificate, key: async () => current.key }),
    );
    await tokens.getToken('orders');
    await tokens.getToken('orders');
    current = billing;
    await tokens.getToken('orders', { force: true });
    expect(presented()).toEqual(['gateway', 'billing']);
  });

  it('presents the new one at once where the old one is refused', async () => {
    const pairs = [gateway, billing];
    const good = tokenEndpoint();
    server.respond = (request, response) =>
      request.presented === 'billing'
        ? good(request, response)
        : { status: 401, body: { error: 'invalid_client' } };
    const { tokens } = await start(
      byCertificate({
        certificate: () => pairs[0]?.certificate ?? '',
        key: () => pairs.shift()?.key ?? '',
      }),
    );
    expect((await tokens.getToken('orders')).accessToken).toBe('token-1');
    expect(presented()).toEqual(['gateway', 'billing']);
  });

  it('reads it anew where the server hangs up on the old one', async () => {
    const stranger = await (await CertificateAuthority.create()).client('stranger');
    const strict = await SecureServer.start(authority, tokenEndpoint(), {
      demand: true,
    });
    const pairs = [stranger, gateway];
    const { tokens } = await start(
      byCertificate({
        certificate: () => pairs[0]?.certificate ?? '',
        key: () => pairs.shift()?.key ?? '',
      }),
      { tokenEndpoint: `${strict.origin}/token`, clock: new TestClock() },
    );
    expect((await tokens.getToken('orders')).accessToken).toBe('token-1');
    expect(strict.requests.map((request) => request.presented)).toEqual(['gateway']);
    await strict.stop();
  });

  describe('reads certificate and key', () => {
    it('once more where they do not belong together, as in the midst of a rotation', async () => {
      const keys = [billing.key, gateway.key];
      const { tokens } = await start(
        byCertificate({
          certificate: () => gateway.certificate,
          key: () => keys.shift() ?? '',
        }),
      );
      await tokens.getToken('orders');
      expect(presented()).toEqual(['gateway']);
    });

    const fail = (): string => {
      throw new RangeError(gateway.key);
    };
    it.each<[string, () => TlsClientAuthentication, string]>([
      [
        'that never belong together',
        () => byCertificate({ certificate: gateway.certificate, key: () => billing.key }),
        'for the key returned one that does not belong to the certificate',
      ],
      [
        'from a function that throws',
        () => byCertificate({ certificate: gateway.certificate, key: fail }),
        'for the key threw RangeError',
      ],
      [
        'from a function that gives a part of it',
        () =>
          byCertificate({
            certificate: () => gateway.certificate.slice(0, 100),
            key: gateway.key,
          }),
        'for the certificate returned no certificate that can be read',
      ],
      [
        'from a function that gives nothing',
        () => byCertificate({ certificate: gateway.certificate, key: (() => null) as never }),
        'for the key returned no private key that can be read',
      ],
    ])('and says so of those %s', async (_case, authentication, reason) => {
      const clients = await start(authentication());
      const error = await rejection(clients.tokens.getToken('orders'));
      expect(error).toBeInstanceOf(ClientSecretUnavailableError);
      expect(error).toMatchObject({ option: 'clientAuthentication', reason });
      expectNoSecret([error, clients.logs], ...linesOf(gateway.key), ...linesOf(billing.key));
      expect(server.requests).toHaveLength(0);
    });
  });

  it('shows nothing of the key in anything that an application can hold', async () => {
    const clients = await start(byCertificate(gateway));
    const token = await clients.tokens.getToken('orders');
    expectNoSecret([token, clients.tokens, clients.logs], ...linesOf(gateway.key));
  });

  describe('has its options checked', () => {
    async function faultsOf(clientAuthentication: object, more: object = {}) {
      const options = {
        issuer: 'https://id.example.com',
        clientId: 'gateway',
        clientAuthentication,
        clients: { orders },
        ...more,
      };
      try {
        await TokenClients.start(options as TokenClientModuleOptions);
        return [];
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        expectNoSecret(error, ...linesOf(gateway.key), ...linesOf(billing.key));
        return error.problems;
      }
    }

    it('and is good with text or functions', async () => {
      expect(await faultsOf(byCertificate(gateway))).toEqual([]);
      const functions = { certificate: () => '', key: () => '' };
      expect(await faultsOf(byCertificate(functions))).toEqual([]);
    });

    it.each<[string, () => object, string]>([
      ['no certificate', () => ({ certificate: undefined }), 'certificate: missing.'],
      ['no key', () => ({ key: undefined }), 'key: missing. Give PEM text'],
      [
        'a certificate that cannot be read',
        () => ({ certificate: gateway.certificate.replace('MII', 'M') }),
        'certificate: no certificate that can be read. Give PEM text with real line breaks',
      ],
      [
        'a chain that cannot be read to its end',
        () => ({ certificate: gateway.certificate + authority.certificate.replace('MII', 'M') }),
        'certificate: no certificate that can be read.',
      ],
      [
        'a key in place of the certificate',
        () => ({ certificate: gateway.key }),
        'certificate: no certificate that can be read.',
      ],
      [
        'a broken key',
        () => ({ key: gateway.key.slice(0, 80) }),
        'key: no private key that can be',
      ],
      ['a key that is no text', () => ({ key: 42 }), 'key: no private key that can be read.'],
      [
        'the key of another',
        () => ({ key: billing.key }),
        'key: does not belong to the certificate.',
      ],
      ['a misspelt member', () => ({ Key: 'a' }), `Key: no option. Did you mean 'key'?`],
    ])('and is at fault with %s', async (_case, change, fault) => {
      expect(await faultsOf({ ...byCertificate(gateway), ...change() })).toEqual([
        expect.stringContaining(`clientAuthentication.${fault}`),
      ]);
    });

    it('together with others', async () => {
      expect(
        await faultsOf(byCertificate(gateway), {
          issuer: undefined,
          tokenEndpoint: 'http://127.0.0.1/token',
          clientSecret: 'secret',
        }),
      ).toEqual([
        expect.stringMatching(/^clientSecret: given together with a key or a certificate/),
        expect.stringMatching(/^clientAuthentication: a certificate can only be presented over/),
      ]);
    });
  });
});

function certificateIn(header: string): X509Certificate | undefined {
  return header ? new X509Certificate(decodeURIComponent(header)) : undefined;
}

function linesOf(pem: string): string[] {
  return pem.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'));
}
