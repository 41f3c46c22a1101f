import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import axios, { AxiosError, isAxiosError, isCancel, type AxiosInstance } from 'axios';
import type { TokenClientOptions } from 'nestjs-access-tokens';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

const TOKEN = 'the-token-for-the-streams';
const MISSING = '/nonexistent/file.bin';

describe('a call whose body is a stream', () => {
  let authorization: RecordingServer;
  let api: RecordingServer;
  let letTokenGo: () => void;

  beforeAll(async () => {
    authorization = await RecordingServer.start();
    api = await RecordingServer.start();
  });

  beforeEach(() => {
    for (const server of [authorization, api]) server.requests.length = 0;
    authorization.respond = tokenEndpoint({ access_token: TOKEN });
    api.respond = () => ({ body: { fine: true } });
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => Promise.all([authorization, api].map((server) => server.stop())));

  const startOrders = async (options: TokenClientOptions = {}): Promise<AxiosInstance> => {
    const clients = await TokenClients.start({
      tokenEndpoint: `${authorization.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clients: { orders: { baseURL: api.origin, ...options } },
    });
    return clients.axios('orders');
  };

  /** Lets the authorization server take its time. */
  const holdTokenBack = () => {
    const held = new Promise<void>((resolve) => {
      letTokenGo = resolve;
    });
    const answer = authorization.respond;
    authorization.respond = async (...asked) => {
      await held;
      return answer(...asked);
    };
  };

  /** The next call, and nothing before it, arrives. */
  const expectOnlyNext = async (orders: AxiosInstance) => {
    letTokenGo();
    await orders.get('/next');
    expect(api.requests.map(({ path }) => path)).toEqual(['/next']);
    expect(authorization.requests).toHaveLength(1);
  };

  it.each(['http', 'fetch'])('arrives whole after the wait for a token (%s)', async (adapter) => {
    const orders = await startOrders({ adapter });
    const body = Readable.from(['one ', 'two']);
    expect((await orders.post('/x', body)).data).toEqual({ fine: true });
    expect(api.requests).toMatchObject([
      { body: 'one two', headers: { authorization: `Bearer ${TOKEN}` } },
    ]);
  });

  it('is handed to the adapter with no listener of ours left', async () => {
    const listeners: number[] = [];
    const body = new PassThrough();
    const before = body.listenerCount('error') + body.listenerCount('close');
    const orders = await startOrders({
      adapter: async (config) => {
        await new Promise(setImmediate);
        listeners.push(body.listenerCount('error') + body.listenerCount('close'));
        return { data: '', status: 200, statusText: 'OK', headers: {}, config };
      },
    });
    await orders.post('/x', body);
    expect(listeners).toEqual([before]);
    expect(body.destroyed).toBe(false);
    body.destroy();
  });

  describe('that fails before there is a token', () => {
    it('fails the call as Axios does, and nothing is sent', async () => {
      holdTokenBack();
      const orders = await startOrders();
      // Not to be searched for secrets: it knows the agent, and thereby what others send.
      const plain: unknown = await axios
        .post(`${api.origin}/x`, createReadStream(MISSING))
        .catch((error: unknown) => error);
      api.requests.length = 0;
      const error = await rejection(orders.post('/x', createReadStream(MISSING)));
      expect(error).toBeInstanceOf(AxiosError);
      expect(error).toMatchObject({ code: 'ENOENT', config: { url: '/x', baseURL: api.origin } });
      const { message, name, code } = plain as AxiosError;
      expect(error).toMatchObject({ message, name, code });
      await expectOnlyNext(orders);
    });

    it('fails the call when it is closed before its end', async () => {
      holdTokenBack();
      const orders = await startOrders();
      const body = new PassThrough();
      const failed = rejection(orders.post('/x', body));
      body.destroy();
      const error = await failed;
      expect(isCancel(error)).toBe(true);
      expect(error).toMatchObject({ message: 'Request stream has been aborted' });
      await expectOnlyNext(orders);
    });

    it('fails the call with a form of files, once the form is sent', async () => {
      const orders = await startOrders();
      const error = await rejection(orders.postForm('/x', { file: createReadStream(MISSING) }));
      expect(error).toMatchObject({ isAxiosError: true, code: 'ENOENT' });
      expectNoSecret(error, TOKEN);
    });

    it('fails the call while the proof of possession is made', async () => {
      authorization.respond = tokenEndpoint({ access_token: TOKEN, token_type: 'DPoP' });
      const body = new PassThrough();
      const claims = () => {
        body.destroy(new Error('broken'));
        return {};
      };
      const orders = await startOrders({ dpop: { claims } });
      const error = await rejection(orders.post('/x', body));
      expect(isAxiosError(error)).toBe(true);
      expect(error).toMatchObject({ message: 'broken' });
      expect(api.requests).toHaveLength(0);
    });
  });

  describe('that has failed already', () => {
    it('is refused with its error, and no token is asked for', async () => {
      const body = new PassThrough().destroy(new Error('broken long ago'));
      await once(body, 'error');
      const error = await rejection((await startOrders()).post('/x', body));
      expect(isAxiosError(error)).toBe(true);
      expect(error).toMatchObject({ message: 'broken long ago', config: { url: '/x' } });
      for (const server of [authorization, api]) expect(server.requests).toHaveLength(0);
    });

    it('is refused as given up when it was destroyed without one', async () => {
      const body = new PassThrough().destroy();
      await once(body, 'close');
      const error = await rejection((await startOrders()).post('/x', body));
      expect(isCancel(error)).toBe(true);
      for (const server of [authorization, api]) expect(server.requests).toHaveLength(0);
    });
  });

  describe('is destroyed when the call is not sent', () => {
    it('as there is no token', async () => {
      authorization.respond = () => ({ status: 401, body: { error: 'invalid_client' } });
      const orders = await startOrders();
      const body = new PassThrough();
      expect(await rejection(orders.post('/x', body))).toMatchObject({
        code: 'token_request_failed',
      });
      expect(body.destroyed).toBe(true);
    });

    it('as the caller gave up', async () => {
      holdTokenBack();
      const orders = await startOrders();
      const controller = new AbortController();
      const body = new PassThrough();
      const failed = rejection(orders.post('/x', body, { signal: controller.signal }));
      controller.abort();
      expect(isCancel(await failed)).toBe(true);
      expect(body.destroyed).toBe(true);
      await expectOnlyNext(orders);
    });

    it('as it would leave the API, even where the body fails a moment later', async () => {
      const body = createReadStream(MISSING);
      const orders = await startOrders();
      expect(await rejection(orders.post('https://elsewhere.example/x', body))).toMatchObject({
        code: 'origin_not_allowed',
      });
      expect(body.destroyed).toBe(true);
    });

    it('with a form, which is closed', async () => {
      authorization.respond = () => ({ status: 401, body: { error: 'invalid_client' } });
      const orders = await startOrders();
      const file = new PassThrough();
      const form = axios.toFormData({ file }) as unknown as Readable;
      const closed = once(form, 'close');
      expect(await rejection(orders.post('/x', form))).toMatchObject({
        code: 'token_request_failed',
      });
      await closed;
      file.destroy();
    });
  });

  it('fails with its own error when it breaks off while it is sent', async () => {
    const body = new PassThrough();
    const orders = await startOrders();
    await orders.get('/warm');
    const failed = rejection(orders.post('/x', body));
    body.write('one ');
    setImmediate(() => body.destroy(new Error('broken halfway')));
    const error = await failed;
    expect(error).toMatchObject({ isAxiosError: true, message: 'broken halfway' });
    expectNoSecret(error, TOKEN);
  });
});
