import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  ConfigurationError,
  type BackchannelOptions,
  type TokenClientModuleOptions,
} from 'nestjs-access-tokens';
import { CertificateAuthority, type PemPair } from '../../support/certificates.js';
import { TestClock } from '../../support/clock.js';
import { ConnectProxy } from '../../support/connect-proxy.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { SecureServer } from '../../support/secure-server.js';
import { TokenClients } from '../../support/token-clients.js';
import { until } from '../../support/until.js';

const PASSWORD = 'pr0xy-p@ss%word';
const orders = { baseURL: 'https://orders.example' };

describe('the back channel', () => {
  let authority: CertificateAuthority;
  let ca: string;
  let server: SecureServer;

  beforeAll(async () => {
    authority = await CertificateAuthority.create();
    ca = authority.certificate;
    server = await SecureServer.start(authority);
  });

  beforeEach(() => {
    const token = tokenEndpoint();
    const { origin } = server;
    server.requests.length = 0;
    server.respond = (request, response) =>
      request.path === '/token'
        ? token(request, response)
        : { body: { issuer: origin, token_endpoint: `${origin}/token` } };
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  const start = (backchannel: BackchannelOptions, more: Partial<TokenClientModuleOptions> = {}) =>
    TokenClients.start({
      issuer: server.origin,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      backchannel,
      clients: { orders },
      clock: new TestClock(),
      ...more,
    });
  /** Why there is no token. Nothing of the proxy's password is in it, or in the log. */
  async function failure(
    backchannel: BackchannelOptions,
    more: Partial<TokenClientModuleOptions> = {},
  ): Promise<unknown> {
    const clients = await start({ retries: 0, ...backchannel }, more);
    const error = await rejection(clients.tokens.getToken('orders'));
    expect(error).toMatchObject({ code: 'token_endpoint_unavailable' });
    expectNoSecret(
      [error, clients.logs, clients.tokens],
      PASSWORD,
      encodeURIComponent(PASSWORD),
      'gateway-secret',
    );
    return (error as { reason: string }).reason;
  }
  const paths = () => server.requests.map(({ path }) => path);

  describe('trusts', () => {
    it('the authorities that it is told to, for discovery and for tokens', async () => {
      const others = (await CertificateAuthority.create('CN=Other')).certificate;
      for (const trusted of [ca, [others, ca], `${others}\n${ca}`]) {
        server.requests.length = 0;
        const { tokens } = await start({ ca: trusted });
        await tokens.getToken('orders');
        expect(paths()).toEqual(['/.well-known/openid-configuration', '/token']);
      }
    });

    it('nobody else then, and nobody unknown otherwise', async () => {
      const other = (await CertificateAuthority.create('CN=Other')).certificate;
      for (const backchannel of [{ ca: other }, {}]) {
        expect(await failure(backchannel)).toMatch(
          /openid-configuration could not be reached: (SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\. The certificate is not trusted\. Give its authority in backchannel\.ca, or in NODE_EXTRA_CA_CERTS$/,
        );
      }
      expect(server.requests).toHaveLength(0);
    });

    it('and tries once, as a certificate stays what it is', async () => {
      const way = await wayTo(server.port, '127.0.0.1');
      const clients = await start({ retries: 3 }, way.direct);
      const error = (await rejection(clients.tokens.getToken('orders'))) as Error;
      expect(error.message).toMatch(
        /The certificate is not trusted\. .* NODE_EXTRA_CA_CERTS\. \(see: errors#token_endpoint_unavailable\)$/,
      );
      expect(way.connections()).toBe(1);
      way.close();
    });

    it('and says that a certificate is for other names', async () => {
      const way = await wayTo(server.port, '127.0.0.2');
      expect(await failure({ ca, retries: 3 }, way.direct)).toMatch(
        /reached: ERR_TLS_CERT_ALTNAME_INVALID\. The certificate is for other names\. /,
      );
      expect(way.connections()).toBe(1);
      way.close();
    });
  });

  describe('adds its headers', () => {
    it('to discovery and to token requests, over whatever way', async () => {
      const headers = { 'X-Gateway-Key': 'key of the gateway', 'user-agent': 'orders/1.0' };
      const { tokens } = await start({ ca, headers });
      await tokens.getToken('orders');
      expect(paths()).toEqual(['/.well-known/openid-configuration', '/token']);
      for (const request of server.requests) {
        expect(request.headers).toMatchObject({
          'x-gateway-key': 'key of the gateway',
          'user-agent': 'orders/1.0',
          accept: 'application/json',
        });
      }
      const credentials = Buffer.from('gateway:gateway-secret').toString('base64');
      expect(server.requests[1]?.headers).toMatchObject({
        authorization: `Basic ${credentials}`,
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
        host: `127.0.0.1:${server.port}`,
      });
    });

    it('which a function gives anew for each request, and never its message', async () => {
      let n = 0;
      const { tokens } = await start({ ca, headers: async () => ({ 'x-key': String(++n) }) });
      await tokens.getToken('orders');
      expect(server.requests.map(({ headers }) => headers['x-key'])).toEqual(['1', '2']);
      const throws = () => {
        throw new Error(PASSWORD);
      };
      expect(await failure({ ca, headers: throws })).toBe(
        'backchannel.headers: the function threw Error. Catch it and log it there',
      );
      expect(await failure({ ca, headers: () => ({ authorization: 'mine' }) })).toBe(
        'backchannel.headers["authorization"]: is decided by the request. Remove it.',
      );
    });
  });

  describe('through a proxy', () => {
    let proxy: ConnectProxy;
    let certified: PemPair;

    beforeAll(async () => {
      certified = await authority.server();
    });

    beforeEach(async () => {
      proxy = await ConnectProxy.start();
    });

    afterEach(() => proxy.stop());

    const url = () => `http://127.0.0.1:${proxy.port}`;
    const withPassword = () =>
      `http://user:${encodeURIComponent(PASSWORD)}@127.0.0.1:${proxy.port}`;

    it('asks for everything, in tunnels that the proxy cannot look into', async () => {
      const { tokens } = await start({ ca, proxy: url() });
      await tokens.getToken('orders');
      expect(paths()).toEqual(['/.well-known/openid-configuration', '/token']);
      expect(new Set(proxy.tunnels.map(({ target }) => target))).toEqual(
        new Set([`127.0.0.1:${server.port}`]),
      );
      expect(proxy.seen.length).toBeGreaterThan(0);
      expect(proxy.seen).not.toContain('gateway');
      expect(proxy.seen).not.toContain('/token');
    });

    it('shows its password to the proxy, and to nobody else', async () => {
      const { tokens } = await start({ ca, proxy: withPassword() });
      await tokens.getToken('orders');
      const authorization = `Basic ${Buffer.from(`user:${PASSWORD}`).toString('base64')}`;
      expect(proxy.tunnels[0]).toMatchObject({ authorization });
      for (const { headers } of server.requests) {
        expect(JSON.stringify(headers)).not.toContain(authorization);
        expect(headers['proxy-authorization']).toBeUndefined();
      }
    });

    it('presents a client certificate to the server, and not to the proxy', async () => {
      const secure = await ConnectProxy.start(certified);
      const clientAuthentication = {
        method: 'tls_client_auth' as const,
        ...(await authority.client('gateway')),
      };
      const { tokens } = await start(
        { ca, proxy: `https://localhost:${secure.port}` },
        { clientSecret: undefined, clientAuthentication },
      );
      await tokens.getToken('orders');
      expect(server.requests.map(({ presented }) => presented)).toEqual([undefined, 'gateway']);
      expect(secure.tunnels.length).toBeGreaterThan(0);
      expect(secure.certificates).toEqual(new Set([undefined]));
      await secure.stop();
    });

    it('says so where the proxy refuses', async () => {
      proxy.refusal = 407;
      expect(await failure({ ca, proxy: withPassword() })).toBe(
        `${server.origin}/.well-known/openid-configuration could not be reached through the proxy: the proxy answered 407`,
      );
      expect(server.requests).toHaveLength(0);
    });

    it('asks it for the usual port where the URL names none', async () => {
      proxy.refusal = 403;
      const elsewhere = { issuer: undefined, tokenEndpoint: 'https://id.example.com/token' };
      expect(await failure({ ca, proxy: url() }, elsewhere)).toBe(
        'https://id.example.com/token could not be reached through the proxy: the proxy answered 403',
      );
      expect(proxy.tunnels.map(({ target }) => target)).toEqual(['id.example.com:443']);
    });

    it('digs for plain http as well', async () => {
      const plain = await RecordingServer.start(tokenEndpoint());
      const direct = { issuer: undefined, tokenEndpoint: `${plain.origin}/token` };
      const { tokens } = await start({ proxy: url() }, direct);
      expect((await tokens.getToken('orders')).accessToken).toBe('token-1');
      expect(proxy.tunnels.map(({ target }) => `http://${target}`)).toEqual([plain.origin]);
      await plain.stop();
    });

    it('does not go around one that is not there', async () => {
      const gone = await freePort();
      const missing = `http://user:${encodeURIComponent(PASSWORD)}@127.0.0.1:${gone}`;
      expect(await failure({ ca, proxy: missing })).toBe(
        `${server.origin}/.well-known/openid-configuration could not be reached through the proxy: ECONNREFUSED`,
      );
      expect(server.requests).toHaveLength(0);
    });

    it('of the environment goes the same way, and around it where NO_PROXY says so', async () => {
      const environment = process.env;
      const token = 'https://id.corp.invalid/token';
      const outside = { issuer: undefined, tokenEndpoint: token };
      process.env = { ...environment, HTTPS_PROXY: withPassword(), NO_PROXY: 'inside.invalid' };
      proxy.refusal = 403;
      try {
        expect(await failure({ proxy: 'environment' }, outside)).toBe(
          `${token} could not be reached through the proxy: the proxy answered 403`,
        );
        const inside = { ...outside, tokenEndpoint: 'https://id.inside.invalid/token' };
        expect(await failure({ proxy: 'environment' }, inside)).toMatch(/reached: E[A-Z_]+$/);
        expect(await failure({}, outside)).toMatch(
          /reached: E[A-Z_]+\. HTTPS_PROXY is set, and only used with backchannel: \{ proxy: 'environment' \}$/,
        );
        await (await start({ ca, proxy: 'environment' })).tokens.getToken('orders');
      } finally {
        process.env = environment;
      }
      expect(proxy.tunnels.map(({ target }) => target)).toEqual(['id.corp.invalid:443']);
    });

    it('keeps to its time where the proxy does not answer', async () => {
      const sockets: Socket[] = [];
      const silent = createServer((socket) => sockets.push(socket.resume())).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as { port: number };
      const reason = await failure({ ca, proxy: `http://127.0.0.1:${port}`, timeoutMs: 50 });
      expect(reason).toMatch(/50 ms$/);
      // Nothing of it stays behind, though a tunnel that is being dug knows nothing of our time.
      await until(() => sockets.length > 0 && sockets.every(({ destroyed }) => destroyed));
      silent.close();
    });
  });

  describe('keeps its fences, with authorities of its own too', () => {
    const direct = () => ({ issuer: undefined, tokenEndpoint: `${server.origin}/token` });

    it('follows no redirect', async () => {
      const elsewhere = await SecureServer.start(authority, tokenEndpoint());
      for (const status of [302, 307]) {
        server.respond = () => ({ status, headers: { location: `${elsewhere.origin}/token` } });
        expect(await failure({ ca }, direct())).toBe(
          `${server.origin}/token answered with a redirect (${status}), which is not followed`,
        );
      }
      expect(elsewhere.requests).toHaveLength(0);
      await elsewhere.stop();
    });

    it('reads no more than a megabyte, after decompression', async () => {
      const bomb = gzipSync(Buffer.alloc(20_000_000, ' '));
      expect(bomb.length).toBeLessThan(100_000);
      server.respond = (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
      };
      expect(await failure({ ca }, direct())).toBe(
        `${server.origin}/token answered with more than 1000000 bytes`,
      );
    });

    it('reads what is compressed', async () => {
      const token = { access_token: 'zipped', token_type: 'Bearer', expires_in: 60 };
      server.respond = (_request, response) => {
        const body = gzipSync(JSON.stringify(token));
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(body);
      };
      const { tokens } = await start({ ca }, direct());
      expect((await tokens.getToken('orders')).accessToken).toBe('zipped');
    });

    it('gives up in time', async () => {
      server.respond = (_request, response) => {
        response.writeHead(200);
        response.write('{');
      };
      expect(await failure({ ca, timeoutMs: 50 }, direct())).toMatch(/50 ms$/);
    });
  });

  it.each([0, 1, 3])('asks again %d times', async (retries) => {
    server.respond = () => ({ status: 503 });
    const tokenEndpointUrl = `${server.origin}/token`;
    const { tokens } = await start(
      { ca, retries },
      { issuer: undefined, tokenEndpoint: tokenEndpointUrl },
    );
    await rejection(tokens.getToken('orders'));
    expect(server.requests).toHaveLength(retries + 1);
  });

  describe('has its options checked', () => {
    async function faultsOf(backchannel: unknown): Promise<readonly string[]> {
      try {
        await start(backchannel as BackchannelOptions);
        return [];
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        expectNoSecret(error, 'hush');
        return error.problems;
      }
    }

    it('and is good with everything', async () => {
      const headers = { 'X-Key': 'a b\tc', Cookie: 'a=b', 'user-agent': 'me' };
      const proxy = 'https://user:p%40ss@proxy.example.com:3128/';
      const rest = { timeoutMs: 1_000, retries: 10, headers, ca: [ca] };
      expect(await faultsOf({ ...rest, proxy })).toEqual([]);
      expect(await faultsOf({ retries: 0, proxy: 'http://proxy' })).toEqual([]);
    });

    it.each<[string, object, string]>([
      ['negative retries', { retries: -1 }, 'retries: not a whole number from 0 to 10.'],
      ['endless retries', { retries: Infinity }, 'retries: not a whole number from 0 to 10.'],
      ['too many retries', { retries: 11 }, 'retries: not a whole number from 0 to 10.'],
      ['half a retry', { retries: 0.5 }, 'retries: not a whole number from 0 to 10.'],
      ['retries as text', { retries: '2' }, 'retries: not a whole number from 0 to 10.'],
      ['a list of headers', { headers: ['a'] }, 'headers: not an object.'],
      [
        'a header that is no text',
        { headers: { a: 1 } },
        'headers["a"]: no text that a header can',
      ],
      ['a header of two lines', { headers: { a: 'hush\r\nb: c' } }, 'headers["a"]: no text that a'],
      ['a line break at the end', { headers: { a: 'hush\n' } }, 'line break at its end?'],
      ['an empty header', { headers: { a: '' } }, 'headers["a"]: no text that a header can carry'],
      ['a name of two words', { headers: { 'a b': 'c' } }, 'headers["a b"]: no name of a header.'],
      ['a proxy that is no URL', { proxy: 'proxy:hush' }, 'proxy: not the URL of a proxy.'],
      ['a proxy without a scheme', { proxy: 'proxy.example:3128' }, 'proxy: not the URL'],
      ['a SOCKS proxy', { proxy: 'socks5://u:hush@proxy' }, 'proxy: not the URL of a proxy.'],
      ['a proxy with a path', { proxy: 'http://u:hush@proxy/hush' }, 'proxy: not the URL'],
      ['half of the credentials', { proxy: 'http://hush@proxy' }, 'proxy: not the URL'],
      ['a bare percent sign', { proxy: 'http://u:hush%@proxy' }, 'special characters percent-enc'],
      ['an authority that is none', { ca: 'hush' }, 'ca: no certificates that can be read.'],
      ['no authorities', { ca: [] }, 'ca: no certificates that can be read.'],
      ['one authority too few', { ca: ['hush', 'hush'] }, 'ca: no certificates that can be read.'],
      ['a misspelt option', { timeout_ms: 1 }, `timeout_ms: no option. Did you mean 'timeoutMs'?`],
    ])('and is at fault with %s', async (_case, backchannel, fault) => {
      expect(await faultsOf(backchannel)).toEqual([expect.stringContaining(fault)]);
      expect(await faultsOf(backchannel)).toEqual([expect.stringMatching(/^backchannel\./)]);
    });

    it.each([
      'Authorization',
      'authorization',
      'Content-Type',
      'Content-Length',
      'Host',
      'DPoP',
      'Accept',
      'Transfer-Encoding',
      'Connection',
      'Proxy-Authorization',
    ])('and lets nobody replace the header %s', async (name) => {
      expect(await faultsOf({ headers: { [name]: 'hush' } })).toEqual([
        `backchannel.headers["${name}"]: is decided by the request. Remove it.`,
      ]);
    });
  });
});

/** A place on this machine from which everything goes on to a port. */
async function wayTo(port: number, host: string) {
  let connections = 0;
  const way = createServer((socket) => {
    connections += 1;
    const onward = connect(port, '127.0.0.1');
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on('error', () => end.destroy());
  }).listen(0, host);
  await once(way, 'listening');
  const { port: own } = way.address() as { port: number };
  return {
    direct: { issuer: undefined, tokenEndpoint: `https://${host}:${own}/token` },
    connections: () => connections,
    close: () => way.close(),
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
