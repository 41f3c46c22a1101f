import { PassThrough } from 'node:stream';
import { AxiosError, type AxiosStatic, isAxiosError } from 'axios';
import {
  AccessTokenError,
  MissingScopeError,
  type TokenClientModuleOptions,
  UnknownTokenClientError,
} from 'nestjs-access-tokens';
import { otherAxios } from '../../support/other-axios.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

type Copy = Pick<typeof import('nestjs-access-tokens'), 'MissingScopeError'>;

/** The class as it is where the package is loaded once more, as by two versions of it in one application. */
function otherCopy(): Copy {
  let copy: Copy | undefined;
  jest.isolateModules(() => {
    copy = jest.requireActual<Copy>('../../../lib/token-client/axios/missing-scope.error.js');
  });
  if (!copy) throw new Error('There is no other copy.');
  return copy;
}

const TOKEN = 'the-one-and-only-token';

describe('a call that is answered with 403', () => {
  let authorization: RecordingServer;
  let api: RecordingServer;

  beforeAll(async () => {
    authorization = await RecordingServer.start();
    api = await RecordingServer.start();
  });

  beforeEach(() => {
    for (const server of [authorization, api]) server.requests.length = 0;
    authorization.respond = tokenEndpoint({ access_token: TOKEN });
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => Promise.all([authorization, api].map((server) => server.stop())));

  async function orders(challenge: string | undefined, adapter = 'http', axios?: AxiosStatic) {
    api.respond = () => ({
      status: 403,
      headers: challenge === undefined ? {} : { 'www-authenticate': challenge },
      body: { forbidden: true },
    });
    const options: TokenClientModuleOptions = {
      tokenEndpoint: `${authorization.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      axios,
      clients: { orders: { baseURL: api.origin, scope: 'orders.read', adapter } },
    };
    return (await TokenClients.start(options)).axios('orders');
  }

  it('fails with an error that another copy of this package knows', async () => {
    const copy = otherCopy();
    expect(copy.MissingScopeError).not.toBe(MissingScopeError);
    for (const axios of [undefined, otherAxios()]) {
      const client = await orders('Bearer error="insufficient_scope"', 'http', axios);
      const missing = await rejection(client.get('/orders'));
      expect(missing).toBeInstanceOf(copy.MissingScopeError);
      expect(missing).toBeInstanceOf(MissingScopeError);
      api.respond = () => ({ status: 500 });
      const failed = await rejection(client.get('/orders'));
      expect(failed).not.toBeInstanceOf(copy.MissingScopeError);
    }
    const unknown = new UnknownTokenClientError('x', []);
    expect(unknown).not.toBeInstanceOf(copy.MissingScopeError);
  });

  it.each(['http', 'fetch'])(
    'fails with an instance of the AxiosError that the application holds (%s)',
    async (adapter) => {
      const axios = otherAxios();
      const client = await orders('Bearer error="insufficient_scope"', adapter, axios);
      const missing = await rejection(client.get('/orders'));
      for (const type of [axios.AxiosError, MissingScopeError, AccessTokenError, Error]) {
        expect(missing).toBeInstanceOf(type);
      }
      expect(missing).not.toBeInstanceOf(AxiosError);
      expect(missing).toMatchObject({ name: 'MissingScopeError', status: 403, isAxiosError: true });
      expect((missing as MissingScopeError).toJSON()).toMatchObject({ code: 'missing_scope' });
      expectNoSecret(missing, TOKEN, 'gateway-secret');

      api.respond = () => ({ status: 500 });
      const failed = await rejection(client.get('/orders'));
      expect(failed).toBeInstanceOf(axios.AxiosError);
      expect(failed).not.toBeInstanceOf(MissingScopeError);
      const given = await rejection(client.get('/orders', { signal: AbortSignal.abort() }));
      expect(given).toBeInstanceOf(axios.CanceledError);
      const body = new PassThrough();
      const broken = client.post('/orders', body);
      body.destroy(new Error('The file is gone.'));
      expect(await rejection(broken)).toBeInstanceOf(axios.AxiosError);
      const early = new PassThrough();
      const ended = client.post('/orders', early);
      early.destroy();
      expect(await rejection(ended)).toBeInstanceOf(axios.CanceledError);
    },
  );

  it.each(['http', 'fetch'])(
    'and insufficient_scope fails with an error that names the scope (%s)',
    async (adapter) => {
      const client = await orders(
        'Basic realm="a, b", Bearer error="insufficient_scope", scope="orders.read orders.write"',
        adapter,
      );
      const error = await rejection(client.post('/orders?secret=1', { item: 'book' }));
      if (!(error instanceof MissingScopeError)) throw error;
      expect(error).toBeInstanceOf(AccessTokenError);
      expect(isAxiosError(error)).toBe(true);
      expect(error).toMatchObject({
        name: 'MissingScopeError',
        code: 'missing_scope',
        client: 'orders',
        requiredScopes: ['orders.read', 'orders.write'],
        grantedScopes: ['orders.read'],
        status: 403,
        response: { status: 403, data: { forbidden: true } },
        config: { url: '/orders?secret=1', baseURL: api.origin },
        message:
          `Client 'orders' may not POST ${api.origin}/orders: the API wants the scope orders.write, and of scopes the token has only orders.read. ` +
          `Add it to scope of client 'orders', and allow it to the clientId at the authorization server. (see: errors#missing_scope)`,
      });
      expect(error.toJSON()).toMatchObject({ code: 'missing_scope', status: 403 });
      expectNoSecret(error, TOKEN, 'gateway-secret');
      expectNoSecret(error.response, TOKEN);
      expect(Object.keys(error)).not.toContain('request');
      expect(error.request).toBeDefined();
      expect(api.requests).toHaveLength(1);
      expect(authorization.requests).toHaveLength(1);
    },
  );

  it.each([
    ['no scope', 'DPoP error="insufficient_scope"', [], 'a scope that it does not name'],
    [
      'the scope that the token has',
      'Bearer error="insufficient_scope", scope="orders.read"',
      ['orders.read'],
      'which was granted',
    ],
    [
      'what can be no scope',
      `Bearer error="insufficient_scope", scope="a \u009b31m ${'x'.repeat(300)} b\\"c d"`,
      ['a', 'd'],
      'the scope a d,',
    ],
  ])('tells what it can where the API names %s', async (_case, challenge, scopes, part) => {
    const error = await rejection((await orders(challenge)).get('/orders'));
    expect(error).toMatchObject({
      code: 'missing_scope',
      requiredScopes: scopes,
      message: expect.stringContaining(part) as unknown,
    });
  });

  it('does not repeat any number of scopes', async () => {
    const scope = Array.from({ length: 500 }, (_, index) => `scope${index}`).join(' ');
    const client = await orders(`Bearer error="insufficient_scope", scope="${scope}"`);
    const error = await rejection(client.get('/orders'));
    expect(error instanceof MissingScopeError && error.requiredScopes).toHaveLength(20);
  });

  it.each([
    ['no challenge', undefined],
    ['another error', 'Bearer error="invalid_token"'],
    ['the words in quotes', 'Basic realm="Bearer error=insufficient_scope, scope=a"'],
    ['another scheme', 'Custom error="insufficient_scope"'],
  ])('stays an error of Axios with %s', async (_case, challenge) => {
    const error = await rejection((await orders(challenge)).get('/orders'));
    expect(isAxiosError(error)).toBe(true);
    expect(error).not.toBeInstanceOf(AccessTokenError);
    expect(error).toMatchObject({ code: 'ERR_BAD_REQUEST', status: 403 });
    expect(api.requests).toHaveLength(1);
  });

  it('stays a response where validateStatus says so', async () => {
    const client = await orders('Bearer error="insufficient_scope", scope="orders.write"');
    const response = await client.get('/orders', { validateStatus: () => true });
    expect(response).toMatchObject({ status: 403, data: { forbidden: true } });
    expectNoSecret(response, TOKEN);
  });

  it('stays as it is where the Authorization header is that of the caller', async () => {
    const client = await orders('Bearer error="insufficient_scope", scope="orders.write"');
    const headers = { Authorization: 'Bearer mine' };
    const error = await rejection(client.get('/orders', { headers }));
    expect(error).not.toBeInstanceOf(AccessTokenError);
  });
});
