import { once } from 'node:events';
import { Readable } from 'node:stream';
import axios, { isAxiosError, isCancel, type AxiosInstance, type AxiosRequestConfig } from 'axios';
import NodeFormData from 'form-data';
import type { RefusedCall, TokenClientOptions } from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, tokenEndpoint, type Responder } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';
import { until } from '../../support/until.js';

const INVALID_TOKEN = 'Bearer error="invalid_token"';

describe('a call that is answered with 401', () => {
  let authorization: RecordingServer;
  let api: RecordingServer;

  beforeAll(async () => {
    authorization = await RecordingServer.start();
    api = await RecordingServer.start();
  });

  beforeEach(() => {
    for (const server of [authorization, api]) server.requests.length = 0;
    authorization.respond = tokenEndpoint();
    api.respond = refusing(['token-1']);
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => Promise.all([authorization, api].map((server) => server.stop())));

  /** An API that knows some tokens to be no good. */
  const refusing =
    (tokens: string[] | 'all', challenge?: string): Responder =>
    ({ headers }) =>
      tokens === 'all' || tokens.some((token) => headers.authorization === `Bearer ${token}`)
        ? {
            status: 401,
            headers: challenge === undefined ? {} : { 'www-authenticate': challenge },
            body: { refused: true },
          }
        : { body: { fine: true } };

  const start = (options: TokenClientOptions = {}) =>
    TokenClients.start({
      tokenEndpoint: `${authorization.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      backchannel: { retries: 0 },
      clock: new TestClock(),
      clients: { orders: { baseURL: api.origin, ...options } },
    });
  const startOrders = async (options: TokenClientOptions = {}): Promise<AxiosInstance> =>
    (await start(options)).axios('orders');
  const sentTokens = () => api.authorizations.map((one) => one?.replace('Bearer ', ''));

  describe.each(['http', 'fetch'])('with the adapter %s', (adapter) => {
    it('is made once more with a new token', async () => {
      const orders = await startOrders({ adapter });
      const response = await orders.put('/orders/1', { item: 'book' }, { headers: { 'x-a': 'b' } });
      expect(response.data).toEqual({ fine: true });
      expect(sentTokens()).toEqual(['token-1', 'token-2']);
      expect(api.requests[1]).toMatchObject({
        method: 'PUT',
        path: '/orders/1',
        body: '{"item":"book"}',
        headers: { 'x-a': 'b', 'content-type': 'application/json' },
      });
      expect(authorization.requests).toHaveLength(2);
    });

    it('shows neither token in what comes of it', async () => {
      const orders = await startOrders({ adapter });
      const config: AxiosRequestConfig = { headers: { 'x-mine': 'yes' } };
      const response = await orders.get('/orders', config);
      expect(config).toEqual({ headers: { 'x-mine': 'yes' } });
      expect(response.config.headers.has('Authorization')).toBe(false);
      expectNoSecret(response, 'token-1', 'token-2');
      api.respond = refusing('all');
      const error = await rejection(orders.get('/orders'));
      expect(error).toMatchObject({ status: 401, response: { data: { refused: true } } });
      expectNoSecret(error, 'token-1', 'token-2', 'token-3');
    });

    it('is made twice at most, and is answered with 401 then', async () => {
      api.respond = refusing('all');
      const orders = await startOrders({ adapter });
      const error = await rejection(orders.get('/orders'));
      expect(isAxiosError(error)).toBe(true);
      expect(error).toMatchObject({ status: 401, config: { url: '/orders', method: 'get' } });
      expect(sentTokens()).toEqual(['token-1', 'token-2']);
    });

    it('lets go of the first answer where it is a stream', async () => {
      let closed: Promise<unknown> | undefined;
      api.respond = ({ headers }, response) => {
        if (headers.authorization !== 'Bearer token-1') return { body: { fine: true } };
        closed = once(response, 'close');
        response.writeHead(401).write('and so on, for ever');
        return undefined;
      };
      const orders = await startOrders({ adapter, responseType: 'stream' });
      const { data } = await orders.get<AsyncIterable<Uint8Array>>('/orders');
      const chunks: Uint8Array[] = [];
      for await (const chunk of data) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).toBe('{"fine":true}');
      await closed;
      expect(api.requests).toHaveLength(2);
    });

    it('is left alone where the body of the first answer is for the caller', async () => {
      api.respond = refusing('all');
      const orders = await startOrders({ adapter, responseType: 'stream', retryOn401: 'never' });
      const error = await rejection(orders.get('/orders'));
      if (!isAxiosError<AsyncIterable<Uint8Array>>(error)) throw error;
      const chunks: Uint8Array[] = [];
      for await (const chunk of error.response?.data ?? []) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).toBe('{"refused":true}');
    });

    it('tells of the progress of both uploads, and does no harm', async () => {
      const orders = await startOrders({ adapter });
      const loaded: number[] = [];
      const body = 'x'.repeat(5_000);
      await orders.put('/orders', body, {
        onUploadProgress: (event) => void loaded.push(event.loaded),
      });
      expect(api.requests.map((request) => request.body)).toEqual([body, body]);
      expect(loaded.at(-1)).toBe(5_000);
    });
  });

  describe('at the same time as others', () => {
    it('takes part in one renewal: 100 at once ask for one new token', async () => {
      const orders = await startOrders();
      await Promise.all(Array.from({ length: 100 }, (_, index) => orders.get(`/orders/${index}`)));
      expect(authorization.requests).toHaveLength(2);
      expect(sentTokens().filter((token) => token === 'token-1')).toHaveLength(100);
      expect(sentTokens().filter((token) => token === 'token-2')).toHaveLength(100);
    });

    it('asks for no token when it comes late: another call has renewed it', async () => {
      const orders = await startOrders();
      let late: (() => void) | undefined;
      const refused = refusing(['token-1']);
      api.respond = async (request, response) => {
        if (request.path === '/late' && !late) await new Promise<void>((done) => (late = done));
        return refused(request, response);
      };
      const slow = orders.get('/late');
      await until(() => late !== undefined);
      await orders.get('/fast');
      expect(authorization.requests).toHaveLength(2);
      late?.();
      expect((await slow).data).toEqual({ fine: true });
      expect(authorization.requests).toHaveLength(2);
      expect(sentTokens()).toEqual(['token-1', 'token-1', 'token-2', 'token-2']);
    });

    it('asks for few tokens where the API refuses all of them', async () => {
      api.respond = refusing('all');
      const orders = await startOrders();
      for (let call = 0; call < 50; call += 1) {
        expect(await rejection(orders.get('/orders'))).toMatchObject({ status: 401 });
      }
      // The first, and a handful that were to help.
      expect(authorization.requests.length).toBeLessThanOrEqual(6);
      expect(api.requests.length).toBeLessThanOrEqual(55);
    });
  });

  describe('as a caller with code of its own', () => {
    it('runs interceptors and transforms exactly once', async () => {
      const orders = await startOrders();
      const ran: string[] = [];
      orders.interceptors.request.use((config) => {
        ran.push('request');
        return config;
      });
      orders.interceptors.response.use((response) => {
        ran.push('response');
        return response.data;
      });
      const transforms = {
        transformRequest: (body: unknown) => {
          ran.push('transformRequest');
          return JSON.stringify(body);
        },
        transformResponse: (text: string) => {
          ran.push('transformResponse');
          return text;
        },
      };
      expect(await orders.put('/orders', { item: 'book' }, transforms)).toBe('{"fine":true}');
      expect(ran).toEqual(['request', 'transformRequest', 'transformResponse', 'response']);
      expect(api.requests).toHaveLength(2);
    });

    it('looks the same where the answer is resolved by validateStatus', async () => {
      const orders = await startOrders({ validateStatus: () => true });
      expect(await orders.get('/orders')).toMatchObject({ status: 200, data: { fine: true } });
      api.respond = refusing('all');
      const response = await orders.get('/orders');
      expect(response).toMatchObject({ status: 401, data: { refused: true } });
      expectNoSecret(response, 'token-1', 'token-2', 'token-3');
    });

    it('is answered as ever where the Authorization header is its own', async () => {
      const orders = await startOrders({ retryOn401: 'always' });
      api.respond = refusing('all', INVALID_TOKEN);
      const headers = { Authorization: 'Bearer mine' };
      expect(await rejection(orders.get('/orders', { headers }))).toMatchObject({ status: 401 });
      expect(sentTokens()).toEqual(['mine']);
      expect(authorization.requests).toHaveLength(0);
    });

    it('is made once more with what it said about its token', async () => {
      const orders = await startOrders({ scope: 'read' });
      await orders.get('/orders', { token: { scope: 'write', force: true } });
      expect(
        authorization.requests.map(({ body }) => new URLSearchParams(body).get('scope')),
      ).toEqual(['write', 'write']);
    });

    it('can be given up while the new token is waited for', async () => {
      const orders = await startOrders();
      const controller = new AbortController();
      const source = axios.CancelToken.source();
      const first = tokenEndpoint();
      authorization.respond = (request, response) => {
        if (authorization.requests.length === 1) return first(request, response);
        controller.abort();
        source.cancel('enough');
        return undefined;
      };
      const calls = [{ signal: controller.signal }, { cancelToken: source.token }];
      const errors = await Promise.all(calls.map((one) => rejection(orders.get('/orders', one))));
      expect(errors.map(isCancel)).toEqual([true, true]);
      expect(sentTokens()).toEqual(['token-1', 'token-1']);
    });
  });

  it('gets the answer of the API when there is no new token', async () => {
    const orders = await startOrders();
    api.respond = (request, response) => {
      authorization.respond = () => ({ status: 503, body: 'down' });
      return refusing('all', INVALID_TOKEN)(request, response);
    };
    const error = await rejection(orders.get('/orders'));
    expect(error).toMatchObject({ status: 401, response: { data: { refused: true } } });
    expect(api.requests).toHaveLength(1);
    expect(authorization.requests).toHaveLength(2);
    expectNoSecret(error, 'token-1', 'token-2', 'gateway-secret');
  });

  it('gets the answer of the API when the new token is the old one', async () => {
    authorization.respond = tokenEndpoint({ access_token: 'token-1' });
    const orders = await startOrders();
    expect(await rejection(orders.get('/orders'))).toMatchObject({ status: 401 });
    expect(sentTokens()).toEqual(['token-1']);
    expect(authorization.requests).toHaveLength(2);
  });

  describe('is made once more only if its body can be sent again', () => {
    const parts = new FormData();
    parts.set('item', 'book');
    const replayable: [string, unknown, string][] = [
      ['a string', 'book', 'book'],
      ['a Buffer', Buffer.from('book'), 'book'],
      ['an ArrayBuffer', new TextEncoder().encode('book').buffer, 'book'],
      ['a typed array', new TextEncoder().encode('book'), 'book'],
      ['URLSearchParams', new URLSearchParams({ item: 'book' }), 'item=book'],
      ['an object', { item: 'book' }, '{"item":"book"}'],
      ['a Blob', new Blob(['book']), 'book'],
      ['nothing', undefined, ''],
    ];
    it.each(replayable)('which goes for %s', async (_case, body, text) => {
      const orders = await startOrders();
      await orders.put('/orders', body);
      expect(api.requests.map((request) => request.body)).toEqual([text, text]);
    });

    it('which goes for a form', async () => {
      const orders = await startOrders();
      await orders.put('/orders', parts);
      expect(api.requests).toHaveLength(2);
      for (const { body, headers } of api.requests) {
        expect(body).toContain('name="item"\r\n\r\nbook');
        const boundary = headers['content-type']?.split('boundary=')[1] ?? 'none';
        expect(body.startsWith(`--${boundary}`)).toBe(true);
      }
    });

    const formOfPackage = () => {
      const form = new NodeFormData();
      form.append('item', 'book');
      return form;
    };
    const consumed: [string, () => unknown, string, string?][] = [
      ['a stream', () => Readable.from(['bo', 'ok'], { objectMode: false }), 'book'],
      ['a form of the package form-data', formOfPackage, 'book'],
      ['a stream of fetch', () => new Blob(['book']).stream(), 'book', 'fetch'],
    ];
    it.each(consumed)('which does not go for %s', async (_case, body, text, adapter = 'http') => {
      // An API that takes whatever comes would say 200 to an empty body: nobody would notice the loss.
      const orders = await startOrders({ retryOn401: 'always', adapter });
      const error = await rejection(orders.put('/orders', body()));
      expect(error).toMatchObject({ status: 401 });
      expect(api.requests).toHaveLength(1);
      expect(api.requests[0]?.body).toContain(text);
      expect(authorization.requests).toHaveLength(1);
    });
  });

  describe("by 'safe', the default,", () => {
    const BOTH = ['GET', 'POST'];
    const cases: [string, string | undefined, string[]][] = [
      ['no challenge', undefined, ['GET']],
      ['a challenge that says nothing', '', ['GET']],
      ['a challenge for tokens', 'Bearer realm="api"', BOTH],
      ['an invalid token', INVALID_TOKEN, BOTH],
      [
        'an invalid token, after a comma in quotes',
        `Bearer realm="a, b", error="invalid_token"`,
        BOTH,
      ],
      ['an invalid token, in other letters', 'BEARER Error=invalid_token', BOTH],
      ['one of several challenges', `Basic realm="a", ${INVALID_TOKEN}`, BOTH],
      ['a DPoP challenge', 'DPoP algs="ES256", error="invalid_token"', BOTH],
      ['a challenge for passwords', 'Basic realm="a"', []],
      [
        'words of a token in the quotes of another scheme',
        `Basic realm="x, Bearer error=invalid_token"`,
        [],
      ],
      ['the wish for another sign-in', 'Bearer error="insufficient_user_authentication"', []],
      [
        'that wish beside another scheme',
        'Bearer error="insufficient_user_authentication", DPoP',
        [],
      ],
      ['a bad proof', 'DPoP error="invalid_dpop_proof"', []],
    ];
    it.each(cases)('with %s', async (_case, challenge, methods) => {
      for (const method of BOTH) {
        authorization.respond = tokenEndpoint();
        api.respond = refusing(['token-1'], challenge);
        const orders = await startOrders();
        api.requests.length = 0;
        const { status } = await orders.request({
          method,
          url: '/orders',
          validateStatus: () => true,
        });
        const again = methods.includes(method);
        expect([method, status, api.requests.length]).toEqual([
          method,
          again ? 200 : 401,
          again ? 2 : 1,
        ]);
      }
    });

    it.each([
      ['GET', 2],
      ['HEAD', 2],
      ['OPTIONS', 2],
      ['PUT', 2],
      ['DELETE', 2],
      ['POST', 1],
      ['PATCH', 1],
    ])('%s without a challenge is sent %d times', async (method, times) => {
      const orders = await startOrders({ validateStatus: () => true });
      await orders.request({ method, url: '/orders' });
      expect(api.requests).toHaveLength(times);
    });
  });

  describe('by option', () => {
    it("'always' for every 401", async () => {
      api.respond = refusing(['token-1'], 'Basic realm="a"');
      const orders = await startOrders({ retryOn401: 'always' });
      expect((await orders.post('/orders', {})).status).toBe(200);
    });

    it("'never' for none", async () => {
      api.respond = refusing(['token-1'], INVALID_TOKEN);
      const orders = await startOrders({ retryOn401: 'never' });
      expect(await rejection(orders.get('/orders'))).toMatchObject({ status: 401 });
      expect(authorization.requests).toHaveLength(1);
    });

    it('where a function says so, which is told of the call', async () => {
      api.respond = refusing(['token-1'], 'Custom a="b, c"');
      const seen: RefusedCall[] = [];
      const orders = await startOrders({
        retryOn401: (call) => {
          seen.push(call);
          return call.method === 'POST';
        },
      });
      expect((await orders.post('/orders?a=1', {})).status).toBe(200);
      expect(seen).toEqual([
        {
          client: 'orders',
          method: 'POST',
          url: `${api.origin}/orders?a=1`,
          status: 401,
          challenges: [{ scheme: 'custom', parameters: { a: 'b, c' } }],
        },
      ]);
      expectNoSecret(seen, 'token-1');
      api.respond = refusing('all');
      await rejection(orders.get('/orders'));
      expect(authorization.requests).toHaveLength(2);
    });

    it.each([
      [
        'throws',
        () => {
          throw new Error('no idea');
        },
      ],
      ['promises', () => Promise.resolve(true) as never],
    ])('not where a function %s', async (_case, retryOn401) => {
      const orders = await startOrders({ retryOn401 });
      expect(await rejection(orders.get('/orders'))).toMatchObject({
        status: 401,
        response: { data: { refused: true } },
      });
      expect(api.requests).toHaveLength(1);
    });
  });

  describe('has a URL whose origin cannot be moved', () => {
    const nasty = [
      '//evil.example/x',
      '///evil.example/x',
      '/\\evil.example/x',
      '\\\\evil.example/x',
      '/\t/evil.example/x',
      '\n//evil.example/x',
      ' //evil.example/x',
      '\u0000//evil.example',
      '@evil.example/x',
      ':80@evil.example/x',
      '.evil.example/x',
      ':1/x',
      'https:evil.example/x',
      'https:/\\evil.example/x',
      'ht\ntps://evil.example/x',
      '/..//evil.example/x',
      '?@evil.example',
      '#@evil.example',
      '%2f%2fevil.example',
    ];
    it.each(
      ['', '/', '/v1/', '/v1?a=', '/v1#b'].flatMap((base) => nasty.map((url) => [base, url])),
    )('by a base URL that ends with %j and a path of %j', async (base = '', url = '') => {
      const targets: string[] = [];
      const orders = await startOrders({
        baseURL: `${api.origin}${base}`,
        adapter: (config) => {
          const { url: path = '', baseURL = '' } = config;
          // However an adapter puts them together.
          targets.push(new URL(path, baseURL || undefined).href, `${baseURL}${path}`);
          return Promise.resolve({ data: '', status: 200, statusText: '', headers: {}, config });
        },
      });
      const error = await orders.get(url).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error) expect(error).toMatchObject({ code: 'origin_not_allowed' });
      expect(targets).toHaveLength(error ? 0 : 2);
      for (const target of targets) expect(new URL(target).origin).toBe(api.origin);
    });
  });
});
