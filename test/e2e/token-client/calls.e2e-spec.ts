import { once } from 'node:events';
import type { ClientRequest } from 'node:http';
import type { Readable } from 'node:stream';
import { inspect } from 'node:util';
import axios, {
  AxiosError,
  isAxiosError,
  isCancel,
  type AxiosAdapter,
  type AxiosInstance,
} from 'axios';
import type { TokenClientOptions } from 'nestjs-access-tokens';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { everyFormOf } from '../../support/every-form.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

const TOKEN = 'the-one-and-only-token';

describe('a call of a named client', () => {
  let authorization: RecordingServer;
  let api: RecordingServer;
  let elsewhere: RecordingServer;

  beforeAll(async () => {
    authorization = await RecordingServer.start();
    api = await RecordingServer.start();
    elsewhere = await RecordingServer.start();
  });

  beforeEach(() => {
    for (const server of [authorization, api, elsewhere]) server.requests.length = 0;
    authorization.respond = tokenEndpoint({ access_token: TOKEN });
    api.respond = ({ path }) =>
      path === '/refuse' ? { status: 418, body: { short: 'stout' } } : { body: { fine: true } };
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => Promise.all([authorization, api, elsewhere].map((server) => server.stop())));

  const start = (options: TokenClientOptions = {}) =>
    TokenClients.start({
      tokenEndpoint: `${authorization.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clients: { orders: { baseURL: `${api.origin}/v1/`, ...options } },
    });
  const startOrders = async (options: TokenClientOptions = {}): Promise<AxiosInstance> =>
    (await start(options)).axios('orders');

  describe('and Axios as one knows it', () => {
    it('passes every Axios default on', async () => {
      const orders = await startOrders({
        headers: { 'x-app': 'gateway' },
        params: { tenant: 'blue' },
        validateStatus: () => true,
      });
      expect((await orders.get('refuse')).status).toBe(200);
      expect(api.requests[0]).toMatchObject({
        path: '/v1/refuse?tenant=blue',
        headers: { 'x-app': 'gateway', authorization: `Bearer ${TOKEN}` },
      });
    });

    it('shows none of our options in the defaults of the instance', async () => {
      const orders = await startOrders({ scope: 'a', clientId: 'own', clientSecret: 'own-secret' });
      expect(Object.keys(orders.defaults)).toEqual(
        expect.not.arrayContaining(['scope', 'clientId', 'clientSecret']),
      );
      expectNoSecret(orders.defaults, 'own-secret', 'gateway-secret');
    });

    it('leaves errors of the API as they are', async () => {
      const orders = await startOrders({ baseURL: api.origin });
      const error = await rejection(orders.get('/refuse'));
      expect(isAxiosError(error)).toBe(true);
      expect(error).toMatchObject({
        code: 'ERR_BAD_REQUEST',
        status: 418,
        response: { status: 418, data: { short: 'stout' } },
        config: { url: '/refuse', method: 'get', baseURL: api.origin },
      });
    });

    it('runs interceptors of the application exactly once, and they do not see the token', async () => {
      const orders = await startOrders();
      const ran: string[] = [];
      orders.interceptors.request.use((config) => {
        ran.push('request');
        expectNoSecret(config, TOKEN);
        config.headers.set('x-from', 'interceptor');
        return config;
      });
      orders.interceptors.response.use((response) => {
        ran.push('response');
        expectNoSecret(response, TOKEN);
        return response.data;
      });
      expect(await orders.get('/orders')).toEqual({ fine: true });
      expect(ran).toEqual(['request', 'response']);
      expect(api.requests[0]?.headers).toMatchObject({
        'x-from': 'interceptor',
        authorization: `Bearer ${TOKEN}`,
      });
    });

    it.each(['http', 'fetch'])('works with the adapter %s', async (adapter) => {
      const orders = await startOrders({ adapter });
      const response = await orders.post('/orders', { item: 'book' });
      expect(response.data).toEqual({ fine: true });
      expect(response.config.baseURL).toBe(`${api.origin}/v1/`);
      expect(api.requests[0]).toMatchObject({ path: '/v1/orders', body: '{"item":"book"}' });
      expect(api.authorizations).toEqual([`Bearer ${TOKEN}`]);
      expectNoSecret(response, TOKEN);
    });

    describe('with an adapter of its own for a call', () => {
      const adapters: [string, NonNullable<AxiosInstance['defaults']['adapter']>][] = [
        ['a name', 'http'],
        ['names', ['xhr', 'fetch']],
        ['a function', (config) => axios.getAdapter('http')(config)],
        ['that of Axios', axios.defaults.adapter ?? []],
      ];

      describe.each(adapters)('%s', (_case, adapter) => {
        it('still sends the token, and only to the API', async () => {
          const orders = await startOrders();
          expect((await orders.get('/orders', { adapter })).data).toEqual({ fine: true });
          const foreign = orders.get(elsewhere.origin, { adapter });
          expect(await rejection(foreign)).toMatchObject({ code: 'origin_not_allowed' });
          expect(api.authorizations).toEqual([`Bearer ${TOKEN}`]);
          expect(elsewhere.requests).toHaveLength(0);
        });

        it('does so with instances that an instance makes', async () => {
          const orders = await startOrders();
          await orders.create().create().get('/orders', { adapter });
          await orders.create({ adapter }).get('/orders');
          expect(api.authorizations).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
        });

        it('does so when defaults or interceptors bring it', async () => {
          const orders = await startOrders();
          orders.interceptors.request.clear();
          orders.interceptors.request.use((config) => ({ ...config, adapter }));
          await orders.get('/orders');
          orders.interceptors.request.clear();
          orders.defaults.adapter = adapter;
          await orders.get('/orders');
          expect(api.authorizations).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
        });
      });

      it('sends by its own where an interceptor takes the adapter away', async () => {
        const used: unknown[] = [];
        const adapter: AxiosAdapter = async (config) => {
          used.push(config.headers.getAuthorization());
          return { data: '', status: 200, statusText: 'OK', headers: {}, config };
        };
        const orders = await startOrders({ adapter });
        orders.interceptors.request.use(({ adapter: _gone, ...config }) => config);
        await orders.get('/orders');
        expect(used).toEqual([`Bearer ${TOKEN}`]);
      });

      it('refuses a name that there is no adapter for', async () => {
        const error = await rejection((await startOrders()).get('/x', { adapter: 'pigeon' }));
        expect(error).toMatchObject({ message: "Unknown adapter 'pigeon'" });
        expect(authorization.requests).toHaveLength(0);
      });

      it('sends the config of an error once more, and asks for one token only', async () => {
        const orders = await startOrders({ baseURL: api.origin });
        const error = await rejection(orders.get('/refuse', { adapter: 'http' }));
        const { config } = error as AxiosError;
        expect(await rejection(orders.request(config ?? {}))).toMatchObject({ status: 418 });
        expect(api.authorizations).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
      });

      it('sends the token of the instance with a config that another named client had', async () => {
        const clients = await TokenClients.start({
          tokenEndpoint: `${authorization.origin}/token`,
          clientId: 'gateway',
          clientSecret: 'gateway-secret',
          clients: {
            orders: { baseURL: api.origin },
            files: { baseURL: elsewhere.origin, scope: 'files' },
          },
        });
        const { config } = await clients.axios('orders').get('/orders');
        await clients.axios('files').get('/files', { adapter: config.adapter ?? [] });
        expect(elsewhere.authorizations).toEqual([`Bearer ${TOKEN}`]);
        expect(authorization.requests.map(({ body }) => body)).toEqual([
          'grant_type=client_credentials',
          'scope=files&grant_type=client_credentials',
        ]);
      });
    });

    it('makes instances that send the token as well', async () => {
      const orders = await startOrders();
      await orders.create({ timeout: 1000 }).get('/orders');
      expect(api.authorizations).toEqual([`Bearer ${TOKEN}`]);
    });
  });

  describe('never shows the token', () => {
    it('in the config that was given', async () => {
      const orders = await startOrders();
      const config = { headers: { 'x-mine': 'yes' } };
      await orders.get('/orders', config);
      expect(config).toEqual({ headers: { 'x-mine': 'yes' } });
    });

    it('in a response, which still has its request for those who ask', async () => {
      const response = await (await startOrders()).get('/orders');
      expect(response.config.headers.has('Authorization')).toBe(false);
      expect(response.request).toMatchObject({ path: '/v1/orders' });
      expect(Object.keys(response)).not.toContain('request');
      expectNoSecret(response, TOKEN);
    });

    describe.each([
      ['http', 0],
      ['http', 3],
      ['fetch', 0],
    ])('in the request of an answer, to whoever asks for it (%s, %d redirects)', (adapter, max) => {
      const summary = (path: string) => ({ method: 'POST', url: `${api.origin}/v1/${path}` });

      const expectConcealed = (request: unknown, path: string) => {
        expectNoSecret(request, TOKEN);
        expect(inspect(request)).toBe(inspect(summary(path)));
        expect(JSON.parse(JSON.stringify(request))).toEqual(summary(path));
        expect(inspect(request, { customInspect: false, depth: null })).not.toContain(TOKEN);
      };

      it('that is good', async () => {
        const orders = await startOrders({ adapter, maxRedirects: max });
        const response = await orders.post('/orders?secret=1', {});
        expectConcealed(response.request, 'orders');
        expect(inspect(response, { getters: true, showHidden: true })).not.toContain(TOKEN);
      });

      it('that is an error', async () => {
        const orders = await startOrders({ adapter, maxRedirects: max, baseURL: api.origin });
        api.respond = () => ({ status: 418 });
        const error = (await rejection(orders.post('/v1/refuse?secret=1'))) as AxiosError;
        expectConcealed(error.request, 'refuse');
        expectConcealed(error.response?.request, 'refuse');
        const shown = inspect(error, { getters: true, showHidden: true, depth: null });
        expect(shown).not.toContain(TOKEN);
      });

      it('that never came', async () => {
        api.respond = (_request, response) => void response.destroy();
        const orders = await startOrders({ adapter, maxRedirects: max });
        const error = (await rejection(orders.post('/off?secret=1'))) as AxiosError;
        expectConcealed(error.request, 'off');
        const shown = inspect(error, { getters: true, showHidden: true, depth: null });
        expect(shown).not.toContain(TOKEN);
      });
    });

    it('in the headers that a request remembers', async () => {
      const { request } = await (await startOrders()).get('/orders');
      expect((request as ClientRequest).getHeader('Authorization')).toBe('[hidden]');
      expect((request as ClientRequest).getHeader('accept')).toContain('json');
    });

    it('in the request of a call that went through redirects', async () => {
      api.respond = ({ path }) =>
        path === '/v1/old' ? { status: 307, headers: { location: '/v1/new' } } : { body: {} };
      const orders = await startOrders({ maxRedirects: 3 });
      const { request } = await orders.get('/old');
      expect(inspect(request)).toBe(inspect({ method: 'GET', url: `${api.origin}/v1/new` }));
      expect(inspect(request, { customInspect: false, depth: null })).not.toContain(TOKEN);
    });

    it('in what an adapter of the application calls its request', async () => {
      const request = { headers: { Authorization: `Bearer ${TOKEN}` }, url: 'no URL' };
      const orders = await startOrders({
        adapter: async (config) => {
          const answer = { data: 'mine', status: 200, statusText: 'OK', headers: {}, config };
          return { ...answer, request: config.url?.endsWith('/frozen') ? 'text' : request };
        },
      });
      expect(inspect((await orders.get('/orders')).request)).toBe('{}');
      expect((await orders.get('/frozen')).request).toBe('text');
    });

    it('in the ways from a body that is read as a stream to its request', async () => {
      const orders = await startOrders({ responseType: 'stream' });
      const { data } = await orders.get<Readable & { req: unknown; socket: unknown }>('/orders');
      const url = `${api.origin}/v1/orders`;
      expect(inspect(data.socket, { depth: null })).not.toContain(TOKEN);
      expect(inspect(data.req)).toBe(inspect({ method: 'GET', url }));
      data.resume();
      await once(data, 'end');
    });

    it('in a response whose body is read as a stream', async () => {
      const orders = await startOrders({ responseType: 'stream' });
      const response = await orders.get<Readable>('/orders');
      expectNoSecret(response, TOKEN);
      expect(await response.data.toArray()).toHaveLength(1);
      expectNoSecret(response, TOKEN);
    });

    const failures: [string, TokenClientOptions, string][] = [
      ['an error status', {}, 'ERR_BAD_REQUEST'],
      ['an answer that is too long', { maxContentLength: 2 }, 'ERR_BAD_RESPONSE'],
      ['an answer that breaks off', { params: { break: 'off' } }, 'ECONNRESET'],
      ['a timeout', { params: { never: true }, timeout: 50 }, 'ECONNABORTED'],
      [
        'a body that is too long',
        { data: 'long', maxBodyLength: 1, method: 'post' },
        'ERR_BAD_REQUEST',
      ],
      [
        'an answer that is no JSON',
        {
          params: { text: true },
          responseType: 'json',
          transitional: { silentJSONParsing: false },
        },
        'ERR_BAD_RESPONSE',
      ],
    ];
    describe.each(['http', 'fetch'])('with the adapter %s', (adapter) => {
      it.each(failures)('in the error after %s', async (_case, options, code) => {
        api.respond = ({ path }, response) => {
          if (path.includes('off')) response.destroy();
          if (path.includes('off') || path.includes('never')) return undefined;
          return path.includes('text')
            ? { body: 'no JSON' }
            : { status: 400, body: { short: 'stout' } };
        };
        const orders = await startOrders({ adapter, ...options });
        const error = await rejection(
          orders.request({ url: '/orders', method: 'post', data: 'long' }),
        );
        expect(isAxiosError(error)).toBe(true);
        if (adapter === 'http') expect(error).toMatchObject({ code });
        expect(error).toMatchObject({ config: { url: '/orders', baseURL: `${api.origin}/v1/` } });
        expectNoSecret(error, TOKEN);
      });

      it('in the error when nobody listens', async () => {
        const gone = await RecordingServer.start();
        const { origin } = gone;
        await gone.stop();
        const orders = await startOrders({ adapter, baseURL: origin });
        const error = await rejection(orders.get('/orders'));
        expect(isAxiosError(error)).toBe(true);
        expect(error).toHaveProperty('request');
        expectNoSecret(error, TOKEN);
      });

      it('in the error after the caller gave up', async () => {
        const controller = new AbortController();
        api.respond = () => controller.abort();
        const orders = await startOrders({ adapter });
        const error = await rejection(orders.get('/orders', { signal: controller.signal }));
        expect(isCancel(error)).toBe(true);
        expectNoSecret(error, TOKEN);
      });
    });

    it('to an adapter of the application that copies its config, except while it sends', async () => {
      const seen: unknown[] = [];
      const adapter: AxiosAdapter = async ({ ...config }) => {
        seen.push(config.headers.getAuthorization());
        if (config.url?.endsWith('/fail')) throw new AxiosError('no', 'ERR', config);
        if (config.url?.endsWith('/odd')) throw new Error('odd');
        return { data: 'copied', status: 200, statusText: 'OK', headers: {}, config };
      };
      const orders = await startOrders({ adapter });
      expectNoSecret(await orders.get('/orders'), TOKEN);
      expectNoSecret(await rejection(orders.get('/fail')), TOKEN);
      expect(await rejection(orders.get('/odd'))).toEqual(new Error('odd'));
      expect(seen).toEqual(Array.from({ length: 3 }, () => `Bearer ${TOKEN}`));
    });

    it('in an error of a body that is read as a stream', async () => {
      const orders = await startOrders({ responseType: 'stream', maxContentLength: 2 });
      const { data } = await orders.get<Readable>('/orders');
      const failed = once(data, 'end').catch((error: unknown) => error);
      data.resume();
      const error = await failed;
      expect(isAxiosError(error)).toBe(true);
      expectNoSecret(error, TOKEN);
    });
  });

  describe('with credentials of its own', () => {
    it.each([
      ['an Authorization header', { headers: { Authorization: 'Custom mine' } }, 'Custom mine'],
      ['one in another case', { headers: { authorization: 'Custom mine' } }, 'Custom mine'],
      ['user and password', { auth: { username: 'a', password: 'b' } }, 'Basic YTpi'],
      ['Authorization: false', { headers: { Authorization: false } }, undefined],
    ])('keeps %s, and no token is asked for', async (_case, config, sent) => {
      const orders = await startOrders();
      await orders.get('/orders', config as object);
      expect(api.authorizations).toEqual([sent]);
      expect(authorization.requests).toHaveLength(0);
    });

    it('keeps user and password in a URL of the API', async () => {
      const orders = await startOrders({ headers: { 'x-api-key': 'key' } });
      await orders.get(api.origin.replace('//', '//a:b@') + '/x');
      expect(api.requests).toMatchObject([{ path: '/x', headers: { 'x-api-key': 'key' } }]);
      expect(api.authorizations).toEqual(['Basic YTpi']);
      expect(authorization.requests).toHaveLength(0);
    });

    it('takes an at sign in a path for what it is', async () => {
      await (await startOrders()).get('/users/@me');
      expect(api.requests).toMatchObject([{ path: '/v1/users/@me' }]);
      expect(api.authorizations).toEqual([`Bearer ${TOKEN}`]);
    });

    const credentials: [string, object, string][] = [
      ['an Authorization header', { headers: { Authorization: 'Custom mine' } }, ''],
      ['user and password', { auth: { username: 'a', password: 'b' } }, ''],
      ['user and password in the URL', {}, 'a:b@'],
      ['Authorization: false', { headers: { Authorization: false } }, ''],
    ];

    it.each(credentials)('takes its headers nowhere else with %s', async (_case, config, user) => {
      const orders = await startOrders({ headers: { 'x-api-key': 'key' } });
      const url = elsewhere.origin.replace('//', `//${user}`);
      expect(await rejection(orders.get(url, config))).toMatchObject({
        code: 'origin_not_allowed',
        origin: elsewhere.origin,
      });
      expect(elsewhere.requests).toHaveLength(0);
    });

    it.each(credentials)('follows no redirect elsewhere with %s', async (_case, config, user) => {
      api.respond = () => ({ status: 307, headers: { location: elsewhere.origin } });
      const orders = await startOrders({ maxRedirects: 3 });
      const url = api.origin.replace('//', `//${user}`);
      expect(await rejection(orders.get(url, config))).toMatchObject({
        code: 'origin_not_allowed',
      });
      expect(await rejection(orders.get(url, { ...config, adapter: 'fetch' }))).toMatchObject({
        status: 307,
      });
      expect(elsewhere.requests).toHaveLength(0);
    });

    it('keeps what an interceptor sets', async () => {
      const orders = await startOrders();
      orders.interceptors.request.use((config) => {
        config.headers.setAuthorization('Custom mine');
        return config;
      });
      await orders.get('/orders');
      expect(api.authorizations).toEqual(['Custom mine']);
      expect(authorization.requests).toHaveLength(0);
    });
  });

  describe('to a place that is not its own', () => {
    const places: [string, (port: string) => object][] = [
      ['an absolute URL', (port) => ({ url: `http://127.0.0.1:${port}/x` })],
      ['another host name', () => ({ url: 'https://elsewhere.example/x' })],
      ['a protocol-relative URL', (port) => ({ url: `//127.0.0.1:${port}/x` })],
      ['a base URL of the call', (port) => ({ url: '/x', baseURL: `http://127.0.0.1:${port}` })],
      ['a base URL without a scheme', (port) => ({ url: '/x', baseURL: `127.0.0.1:${port}` })],
      ['a URL with a backslash', (port) => ({ url: `http://127.0.0.1:${port}\\@127.0.0.1/x` })],
      ['a data URL', () => ({ url: 'data:text/plain,hello', baseURL: '' })],
      ['no URL at all', () => ({ url: '/x', baseURL: '' })],
    ];

    it.each(places)('is refused before anything is sent: %s', async (_case, call) => {
      const orders = await startOrders();
      const error = await rejection(orders.request(call(new URL(elsewhere.origin).port)));
      expect(error).toMatchObject({
        name: 'OriginNotAllowedError',
        code: 'origin_not_allowed',
        client: 'orders',
        allowedOrigins: [api.origin],
      });
      for (const server of [authorization, api, elsewhere]) expect(server.requests).toHaveLength(0);
    });

    it('says where it would have gone, where it may go and what to do', async () => {
      const orders = await startOrders();
      expect(await rejection(orders.get('https://files.example/x?secret=1'))).toMatchObject({
        origin: 'https://files.example',
        message:
          `Client 'orders' does not send its token to https://files.example, only to ${api.origin}. ` +
          `Use another client for that API, or add it to allowedOrigins of 'orders' if it may see the token. (see: errors#origin_not_allowed)`,
      });
    });

    it.each([
      ['//files.example/x', 'a URL without a scheme'],
      ['https://', 'an invalid URL'],
      ['https://files.example:99999/x', 'an invalid URL'],
      ['data:text/plain,x', 'data:'],
    ])('says what is wrong with %s', async (url, origin) => {
      const orders = await startOrders();
      const error = await rejection(orders.request({ url, baseURL: '' }));
      expect(error).toMatchObject({
        origin,
        message: expect.stringContaining(
          `does not send its token to ${origin}, only to`,
        ) as unknown,
      });
    });

    it('is refused for the same host over http in place of https', async () => {
      const orders = await startOrders({ baseURL: 'https://api.example' });
      expect(await rejection(orders.get('http://api.example/x'))).toMatchObject({
        code: 'origin_not_allowed',
        origin: 'http://api.example',
      });
    });

    it('is refused when the base URL of the instance was changed', async () => {
      const orders = await startOrders();
      orders.defaults.baseURL = elsewhere.origin;
      expect(await rejection(orders.get('/x'))).toMatchObject({ code: 'origin_not_allowed' });
      expect(elsewhere.requests).toHaveLength(0);
    });

    it('is allowed for an absolute URL at the API itself', async () => {
      const orders = await startOrders();
      await orders.get(`${api.origin}/other`);
      expect(api.requests).toMatchObject([{ path: '/other' }]);
      expect(api.authorizations).toEqual([`Bearer ${TOKEN}`]);
    });

    it('is allowed for allowedOrigins', async () => {
      const orders = await startOrders({ allowedOrigins: [elsewhere.origin] });
      await orders.get(`${elsewhere.origin}/x`);
      await orders.get('/orders');
      expect(elsewhere.authorizations).toEqual([`Bearer ${TOKEN}`]);
      expect(api.authorizations).toEqual([`Bearer ${TOKEN}`]);
    });

    it('goes to the API all the same when absolute URLs are switched off', async () => {
      const orders = await startOrders({ allowAbsoluteUrls: false });
      await orders.get(`${elsewhere.origin}/x`);
      expect(elsewhere.requests).toHaveLength(0);
      expect(api.requests).toMatchObject([{ path: `/v1/${elsewhere.origin}/x` }]);
    });
  });

  it.each(['', '/', 'orders', '/orders', 'orders/?a=1#b', 'a b/ü', '../v2', '?a=1'])(
    'goes to the same URL as plain Axios does: %j',
    async (url) => {
      await axios.get(url, { baseURL: `${api.origin}/v1/` });
      await (await startOrders()).get(url);
      const [plain, ours] = api.requests;
      expect(ours?.path).toBe(plain?.path);
    },
  );

  describe('that is redirected', () => {
    const redirectTo = (location: string) => {
      api.respond = ({ path }) =>
        path === '/v1/old' ? { status: 307, headers: { location } } : { body: { fine: true } };
    };

    it.each(['http', 'fetch'])('does not follow, unless told to (%s)', async (adapter) => {
      redirectTo(`${elsewhere.origin}/new`);
      const orders = await startOrders({ adapter });
      expect(await rejection(orders.post('/old', {}))).toMatchObject({ status: 307 });
      expect(api.requests).toHaveLength(1);
      expect(elsewhere.requests).toHaveLength(0);
    });

    it('follows to its own API, with the token, when told to', async () => {
      redirectTo(`${api.origin}/v1/new`);
      const orders = await startOrders({ maxRedirects: 3 });
      expect((await orders.get('/old')).data).toEqual({ fine: true });
      expect(api.requests).toMatchObject([{ path: '/v1/old' }, { path: '/v1/new' }]);
      expect(api.authorizations).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
    });

    it('does not take the token, or anything else, to another origin', async () => {
      redirectTo(`${elsewhere.origin}/new`);
      const orders = await startOrders({ maxRedirects: 3 });
      const error = await rejection(orders.post('/old', { private: true }));
      expect(error).toMatchObject({ code: 'origin_not_allowed', origin: elsewhere.origin });
      expect(elsewhere.requests).toHaveLength(0);
      expectNoSecret(error, TOKEN);
    });

    it.each(['the API itself', 'another origin'])(
      'is answered with the redirect to %s with the adapter fetch, whatever it is told',
      async (place) => {
        redirectTo(`${place === 'the API itself' ? api.origin : elsewhere.origin}/new`);
        const fetchOptions = { redirect: 'follow' as const };
        const orders = await startOrders({ maxRedirects: 3, adapter: 'fetch', fetchOptions });
        const error = await rejection(orders.post('/old', { private: true }));
        expect(error).toMatchObject({ status: 307, config: { fetchOptions } });
        expect(api.requests).toHaveLength(1);
        expect(elsewhere.requests).toHaveLength(0);
        expectNoSecret(error, TOKEN);
      },
    );

    it('asks beforeRedirect of the application as well', async () => {
      redirectTo(`${api.origin}/v1/new`);
      const seen: unknown[] = [];
      const orders = await startOrders({
        maxRedirects: 3,
        beforeRedirect: (options) => void seen.push(options['path']),
      });
      await orders.get('/old');
      expect(seen).toEqual(['/v1/new']);
    });

    it('passes errors of beforeRedirect on', async () => {
      redirectTo(`${api.origin}/v1/new`);
      const orders = await startOrders({
        maxRedirects: 3,
        beforeRedirect: () => {
          throw new Error('not there');
        },
      });
      const error = await rejection(orders.get('/old'));
      expect(error).toMatchObject({ message: expect.stringContaining('not there') as unknown });
      expectNoSecret(error, TOKEN);
    });
  });

  describe('where there is a proxy', () => {
    afterEach(() => {
      delete process.env['HTTP_PROXY'];
    });

    it('goes to an API on this machine without it, as it would see the token', async () => {
      process.env['HTTP_PROXY'] = elsewhere.origin;
      const { hostname: host, port } = new URL(elsewhere.origin);
      const proxy = { host, port: Number(port), protocol: 'http' };
      const orders = await startOrders();
      const auth = { username: 'a', password: 'b' };
      await orders.get('/environment');
      await orders.get('/own', { proxy });
      await (await startOrders({ proxy })).get('/default', { auth });
      expect(api.requests.map(({ path }) => path)).toEqual([
        '/v1/environment',
        '/v1/own',
        '/v1/default',
      ]);
      expect(elsewhere.requests).toHaveLength(0);
    });

    it('leaves the way to any other API to Axios', async () => {
      const clients = await TokenClients.start({
        tokenEndpoint: `${authorization.origin}/token`,
        clientId: 'gateway',
        clientSecret: 'gateway-secret',
        allowInsecureHttp: true,
        clients: { orders: { baseURL: 'http://api.example' } },
      });
      process.env['HTTP_PROXY'] = elsewhere.origin;
      const { request } = await clients.axios('orders').get('/orders?secret=1');
      expect(elsewhere.requests).toMatchObject([{ path: 'http://api.example/orders?secret=1' }]);
      const url = 'http://api.example/orders';
      expect(inspect(request)).toBe(inspect({ method: 'GET', url }));
    });
  });

  describe('that is given up', () => {
    it('ends the waiting of its caller, and nobody else notices', async () => {
      const clients = await start();
      const orders = clients.axios('orders');
      const controller = new AbortController();
      const asked = new Promise<void>((resolve) => {
        authorization.respond = async () => {
          resolve();
          await new Promise((done) => controller.signal.addEventListener('abort', done));
          return { body: { access_token: TOKEN, token_type: 'Bearer', expires_in: 60 } };
        };
      });
      const first = rejection(orders.get('/first', { signal: controller.signal }));
      const others = [orders.get('/second'), clients.tokens.getToken('orders')];
      await asked;
      controller.abort();
      expect(isCancel(await first)).toBe(true);
      await Promise.all(others);
      expect(authorization.requests).toHaveLength(1);
      expect(api.requests.map(({ path }) => path)).toEqual(['/v1/second']);
    });

    it('asks for no token when it was given up before', async () => {
      const orders = await startOrders();
      expect(isCancel(await rejection(orders.get('/x', { signal: AbortSignal.abort() })))).toBe(
        true,
      );
      expect(authorization.requests).toHaveLength(0);
    });

    it('may be given up by cancel token', async () => {
      const orders = await startOrders();
      const source = axios.CancelToken.source();
      authorization.respond = () => source.cancel('changed my mind');
      const error = await rejection(
        orders.get('/x', { cancelToken: source.token, signal: new AbortController().signal }),
      );
      expect(isCancel(error)).toBe(true);
      expect(error).toMatchObject({ message: 'changed my mind' });
      expect(api.requests).toHaveLength(0);
    });

    it('may be given up by unsubscribing from the HttpService', async () => {
      const clients = await start();
      const asked = new Promise<void>((resolve) => {
        authorization.respond = () => resolve();
      });
      const subscription = clients.httpService('orders').get('/x').subscribe();
      await asked;
      subscription.unsubscribe();
      await clients.app.close();
      expect(api.requests).toHaveLength(0);
    });

    it('ends the waiting of getToken with the reason of the signal', async () => {
      const { tokens } = await start();
      const controller = new AbortController();
      authorization.respond = () => controller.abort('enough');
      expect(await rejection(tokens.getToken('orders', { signal: controller.signal }))).toBe(
        'enough',
      );
      expect(await rejection(tokens.getToken('orders', { signal: controller.signal }))).toBe(
        'enough',
      );
      expect(authorization.requests).toHaveLength(1);
    });
  });

  it('is not made when there is no token', async () => {
    authorization.respond = () => ({ status: 401, body: { error: 'invalid_client' } });
    const orders = await startOrders();
    const error = await rejection(orders.get('/orders'));
    expect(error).toMatchObject({ code: 'token_request_failed', client: 'orders' });
    expect(isAxiosError(error)).toBe(false);
    expect(api.requests).toHaveLength(0);
  });

  it('is told apart by the test from a call that shows the token', async () => {
    const response = await axios.get(api.origin, { headers: { Authorization: `Bearer ${TOKEN}` } });
    expect(everyFormOf(response)).toContain(TOKEN);
    expect(() => expectNoSecret(response, TOKEN)).toThrow('a secret is shown');
  });
});
