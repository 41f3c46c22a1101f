import { once } from 'node:events';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import * as http from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import type { TokenClientModuleOptions, TokenClientOptions } from 'nestjs-access-tokens';
import { CertificateAuthority } from '../../support/certificates.js';
import { ConnectProxy } from '../../support/connect-proxy.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';
import { SecureServer } from '../../support/secure-server.js';
import { TokenClients } from '../../support/token-clients.js';
import { lookThrough } from '../../support/walk.js';

const TOKEN = 'the-token-that-goes-from-hop-to-hop';
const BEARER = `Bearer ${TOKEN}`;

describe('on its way to an API, a token', () => {
  let authority: CertificateAuthority;
  let authorization: RecordingServer;
  let api: RecordingServer;
  let secure: SecureServer;
  let proxy: ConnectProxy;
  let elsewhere: RecordingServer;
  let pinned: SecureAgent;
  const environment = { ...process.env };

  beforeAll(async () => {
    authority = await CertificateAuthority.create();
    authorization = await RecordingServer.start(tokenEndpoint({ access_token: TOKEN }));
    api = await RecordingServer.start();
    elsewhere = await RecordingServer.start();
    secure = await SecureServer.start(authority, undefined, { names: ['api.example.com'] });
  });

  beforeEach(async () => {
    proxy = await ConnectProxy.start();
    proxy.names.set('api.example.com', secure.port);
    pinned = new SecureAgent({ ca: authority.certificate });
    for (const { requests } of [authorization, api, elsewhere, secure]) requests.length = 0;
  });

  afterEach(async () => {
    for (const name of Object.keys(process.env))
      if (!(name in environment)) delete process.env[name];
    await TokenClients.stopAll();
    pinned.destroy();
    await proxy.stop();
  });

  afterAll(() => Promise.all([authorization, api, elsewhere, secure].map((one) => one.stop())));

  const start = async (
    options: TokenClientOptions = {},
    more: Partial<TokenClientModuleOptions> = {},
  ): Promise<AxiosInstance> => {
    const clients = await TokenClients.start({
      tokenEndpoint: `${authorization.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clients: { orders: { baseURL: api.origin, ...options } },
      ...more,
    });
    return clients.axios('orders');
  };
  const proxyURL = () => `http://user:proxy-password@127.0.0.1:${proxy.port}`;
  const proxyOption = () => ({
    protocol: 'http',
    host: '127.0.0.1',
    port: proxy.port,
    auth: { username: 'user', password: 'proxy-password' },
  });

  it('needs a version of Axios that goes to https through tunnels', async () => {
    const { peerDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
      peerDependencies: Record<string, string>;
    };
    expect(peerDependencies['axios']).toBe('^1.16.1');
  });

  describe('through a proxy', () => {
    it.each([0, 3])('goes in a tunnel, encrypted (%d redirects)', async (maxRedirects) => {
      process.env['HTTPS_PROXY'] = proxyURL();
      const baseURL = 'https://api.example.com';
      const orders = await start({ baseURL, httpsAgent: pinned, maxRedirects });
      const response = await orders.get('/orders');
      expect(secure.requests).toMatchObject([{ headers: { authorization: BEARER } }]);
      expect(proxy.tunnels).toEqual([
        { target: 'api.example.com:443', authorization: `Basic ${btoa('user:proxy-password')}` },
      ]);
      expect(proxy.read).toEqual([]);
      expect(proxy.seen).not.toContain(TOKEN);
      const secrets = [TOKEN, 'proxy-password', btoa('user:proxy-password')];
      expect(lookThrough(response, secrets)).toEqual([]);
    });

    it.each(['client', 'call'])(
      'of the %s goes the same way, and tells no password',
      async (whose) => {
        const mine = { proxy: proxyOption() };
        const baseURL = 'https://api.example.com';
        const own = whose === 'client' ? mine : {};
        const orders = await start({ baseURL, httpsAgent: pinned, ...own });
        secure.respond = () => ({ status: 500, body: {} });
        const error = await rejection(orders.get('/orders', whose === 'call' ? mine : {}));
        secure.respond = () => ({ body: {} });
        expect(proxy.tunnels).toHaveLength(1);
        expect(proxy.read).toEqual([]);
        expect(error).toMatchObject({ status: 500, config: mine });
        const secrets = [TOKEN, 'proxy-password', btoa('user:proxy-password')];
        expect(lookThrough(error, secrets)).toEqual([]);
      },
    );

    it('tells no password where the proxy refuses, or its option makes no sense', async () => {
      const baseURL = 'https://api.example.com';
      proxy.refusal = 407;
      const orders = await start({ baseURL, proxy: proxyOption() });
      const refused = await rejection(orders.get('/orders'));
      const auth = { username: '', password: '', secret: 'proxy-password' } as never;
      const senseless = await rejection(
        (await start({ baseURL, proxy: { ...proxyOption(), auth } })).get('/orders'),
      );
      for (const error of [refused, senseless]) {
        expect(lookThrough(error, [TOKEN, 'proxy-password'])).toEqual([]);
      }
    });

    it('is not sent in the clear because a single call says so', async () => {
      const orders = await start({ baseURL: 'http://api.example' }, { allowInsecureHttp: true });
      expect(await rejection(orders.get('/orders', { proxy: proxyOption() }))).toMatchObject({
        code: 'call_option_not_allowed',
        option: 'proxy',
      });
      expect(proxy.read).toEqual([]);
    });
  });

  describe('to this machine', () => {
    const variables = (
      'HTTP_PROXY http_proxy HTTPS_PROXY https_proxy ALL_PROXY all_proxy npm_config_proxy ' +
      'npm_config_http_proxy npm_config_https_proxy NPM_CONFIG_PROXY Http_Proxy any_proxy'
    ).split(' ');

    it.each(variables)('goes by no proxy, though %s names one', async (name) => {
      process.env[name] = proxyURL();
      await (await start()).get('/plain');
      await (await start({ maxRedirects: 3 })).get('/redirects', { proxy: proxyOption() });
      await (await start({ adapter: 'fetch' })).get('/fetch');
      await (await start({ baseURL: secure.origin, httpsAgent: pinned })).get('/secure');
      expect(api.requests.map(({ path }) => path)).toEqual(['/plain', '/redirects', '/fetch']);
      expect(secure.requests).toHaveLength(1);
      expect([...proxy.tunnels, ...proxy.read]).toEqual([]);
    });
  });

  describe('is not led by a single call', () => {
    const port = () => Number(new URL(elsewhere.origin).port);
    const toElsewhere = (options: object) => http.request({ ...options, port: port() });
    class Elsewhere extends http.Agent {}
    const calls: [string, string, () => AxiosRequestConfig | Record<string, unknown>][] = [
      ['another socket', 'socketPath', () => ({ socketPath: '/tmp/elsewhere.sock' })],
      [
        'a socket that is allowed',
        'socketPath',
        () => ({ socketPath: '/tmp/elsewhere.sock', allowedSocketPaths: ['/tmp/elsewhere.sock'] }),
      ],
      ['a transport', 'transport', () => ({ transport: { request: toElsewhere } })],
      ['a look-up', 'lookup', () => ({ lookup: () => ['127.0.0.1', 4] })],
      [
        'options of HTTP/2',
        'http2Options',
        () => ({ http2Options: { rejectUnauthorized: false } }),
      ],
      ['another version of HTTP', 'httpVersion', () => ({ httpVersion: 2 })],
      ['a careless parser', 'insecureHTTPParser', () => ({ insecureHTTPParser: true })],
      [
        'an agent that is none',
        'httpAgent',
        () => ({ httpAgent: { options: { rejectUnauthorized: false } } }),
      ],
      [
        'an agent for another port',
        'httpAgent',
        () => ({ httpAgent: new http.Agent({ port: port() }) }),
      ],
      [
        'an agent for another socket',
        'httpAgent',
        () => ({ httpAgent: new http.Agent({ socketPath: '/tmp/x' } as object) }),
      ],
      [
        'an agent with a look-up',
        'httpAgent',
        () => ({ httpAgent: new http.Agent({ lookup: () => undefined }) }),
      ],
      ['an agent of another kind', 'httpAgent', () => ({ httpAgent: new Elsewhere() })],
      [
        'an agent that connects in its own way',
        'httpAgent',
        () => ({
          httpAgent: Object.assign(new http.Agent(), { createConnection: () => undefined }),
        }),
      ],
      [
        'an agent with a standard port of its own',
        'httpAgent',
        () => ({ httpAgent: Object.assign(new http.Agent(), { defaultPort: port() }) }),
      ],
      [
        'an agent that believes everybody',
        'httpsAgent',
        () => ({ httpsAgent: new SecureAgent({ rejectUnauthorized: false }) }),
      ],
      [
        'an agent that looks for another name',
        'httpsAgent',
        () => ({ httpsAgent: new SecureAgent({ servername: 'elsewhere' }) }),
      ],
      [
        'an agent that does not look',
        'httpsAgent',
        () => ({ httpsAgent: new SecureAgent({ checkServerIdentity: () => undefined }) }),
      ],
      [
        'another dispatcher',
        'fetchOptions.dispatcher',
        () => ({ adapter: 'fetch', fetchOptions: { dispatcher: {} } }),
      ],
      ['another fetch', 'env.fetch', () => ({ adapter: 'fetch', env: { fetch } })],
      [
        'another class for requests',
        'env.Request',
        () => ({ adapter: 'fetch', env: { Request: class {} } }),
      ],
      [
        'another name of the host',
        'headers.Host',
        () => ({ headers: { Host: 'elsewhere.example' } }),
      ],
      ['one in another case', 'headers.Host', () => ({ headers: { hOST: 'elsewhere.example' } })],
      ['a proxy that is none', 'proxy', () => ({ proxy: 'http://elsewhere.example' })],
    ];

    it.each(calls)('with %s', async (_case, option, call) => {
      const orders = await start();
      const error = await rejection(orders.get('/orders', call() as AxiosRequestConfig));
      expect(error).toMatchObject({
        name: 'CallOptionNotAllowedError',
        code: 'call_option_not_allowed',
        client: 'orders',
        option,
        message: expect.stringContaining(`Client 'orders' does not take '${option}'`) as unknown,
      });
      for (const { requests } of [authorization, api, elsewhere]) expect(requests).toEqual([]);
    });

    it.each(calls)(
      'nor where it brings credentials of its own, with %s',
      async (_case, option, call) => {
        const orders = await start();
        const { headers, ...rest } = call() as AxiosRequestConfig;
        const config = {
          ...rest,
          headers: Object.assign({ Authorization: 'Custom mine' }, headers),
        };
        expect(await rejection(orders.get('/orders', config))).toMatchObject({ option });
        expect(api.requests).toEqual([]);
      },
    );

    it.each([null, false, ''])(
      'nor away from the agent of the client, with %j',
      async (nothing) => {
        const orders = await start({ baseURL: secure.origin, httpsAgent: pinned });
        const config = {
          httpsAgent: nothing,
          lookup: nothing,
          transport: nothing,
          socketPath: nothing,
        };
        await orders.get('/orders', config as unknown as AxiosRequestConfig);
        expect(secure.requests).toHaveLength(1);
      },
    );

    it('by what it does before a redirect', async () => {
      api.respond = ({ path }) =>
        path === '/old' ? { status: 307, headers: { location: '/new' } } : { body: {} };
      const orders = await start({ maxRedirects: 3 });
      const changes = [
        { port: port() },
        { hostname: 'localhost' },
        { agents: {} },
        { socketPath: '/tmp/x' },
      ];
      for (const change of changes) {
        const beforeRedirect = (options: object) => void Object.assign(options, change);
        expect(await rejection(orders.get('/old', { beforeRedirect }))).toMatchObject({
          code: 'call_option_not_allowed',
          option: 'beforeRedirect',
        });
      }
      const beforeRedirect = (options: Record<string, Record<string, string>>) => {
        expect(options['headers']?.['Authorization']).toBeUndefined();
        (options['headers'] ??= {})['x-mine'] = 'yes';
      };
      api.requests.length = 0;
      await orders.get('/old', { beforeRedirect });
      expect(api.requests).toMatchObject([
        { path: '/old' },
        { path: '/new', headers: { 'x-mine': 'yes', authorization: BEARER } },
      ]);
      api.respond = () => ({ body: {} });
      expect(elsewhere.requests).toEqual([]);
    });
  });

  describe('may be led', () => {
    it('by an agent of a call that is one of Node.js as it comes', async () => {
      const httpAgent = new http.Agent({ keepAlive: true, maxSockets: 2 });
      await (await start()).get('/orders', { httpAgent });
      await (await start({ baseURL: secure.origin })).get('/orders', { httpsAgent: pinned });
      await (await start()).get('/orders', { httpAgent: http.globalAgent });
      expect(api.authorizations).toEqual([BEARER, BEARER]);
      expect(secure.requests).toMatchObject([{ headers: { authorization: BEARER } }]);
      httpAgent.destroy();
    });

    it('by the host name of its URL, or that of the client', async () => {
      const { host } = new URL(api.origin);
      await (await start()).get('/orders', { headers: { host } });
      await (await start({ headers: { Host: 'orders.internal' } })).get('/orders');
      expect(api.requests.map(({ headers }) => headers.host)).toEqual([host, 'orders.internal']);
    });

    it('by the options of the client, its defaults, and the instances it makes', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'hops-'));
      const socketPath = join(folder, 'api.sock');
      const seen: (string | undefined)[] = [];
      const local = http.createServer((request, response) => {
        seen.push(request.headers.authorization);
        response.setHeader('connection', 'close').end('{}');
      });
      await once(local.listen(socketPath), 'listening');
      await (await start({ socketPath })).get('/orders');
      const orders = await start();
      await orders.create({ socketPath }).create().get('/orders');
      orders.defaults.socketPath = socketPath;
      await orders.get('/orders');
      expect(seen).toEqual([BEARER, BEARER, BEARER]);
      expect(api.requests).toEqual([]);
      local.close();
      await once(local, 'close');
      await rm(folder, { recursive: true });
    });

    it('by the host name and the fetch of an instance that it makes', async () => {
      const named = (await start()).create({ headers: { Host: 'orders.internal' } });
      await named.get('/orders');
      await named.create().get('/orders');
      expect(api.requests.map(({ headers }) => headers.host)).toEqual([
        'orders.internal',
        'orders.internal',
      ]);
      let sent = 0;
      const own: typeof fetch = (...request) => ((sent += 1), fetch(...request));
      await (await start()).create({ adapter: 'fetch', env: { fetch: own } }).get('/orders');
      expect(sent).toBe(1);
      expect(api.authorizations).toEqual([BEARER, BEARER, BEARER]);
    });

    it('by a transport and a look-up of the client', async () => {
      const looked: string[] = [];
      const lookup = (name: string, _options: object, done: (...found: unknown[]) => void) => {
        looked.push(name);
        done(null, '127.0.0.1', 4);
      };
      const baseURL = api.origin.replace('127.0.0.1', 'localhost');
      await (await start({ baseURL, lookup: lookup as never })).get('/orders');
      const transport = { request: (options: object, then: never) => http.request(options, then) };
      await (await start({ transport })).get('/orders');
      expect(looked).toEqual(['localhost']);
      expect(api.authorizations).toEqual([BEARER, BEARER]);
    });
  });
});
