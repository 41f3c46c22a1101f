import axios, { AxiosHeaders, type AxiosInstance } from 'axios';
import type { TokenClientOptions } from 'nestjs-access-tokens';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { TokenClients } from '../../support/token-clients.js';

const TOKEN = 'the-token-of-this-client-alone';
const FOREIGN = 'foreign-credential-of-another-api';

type Defaults = typeof axios.defaults;

describe('credentials that the application gave to Axios for other APIs', () => {
  let authorization: RecordingServer;
  let api: RecordingServer;
  let defaults: Defaults;

  beforeAll(async () => {
    authorization = await RecordingServer.start(tokenEndpoint({ access_token: TOKEN }));
    api = await RecordingServer.start();
  });

  beforeEach(() => {
    const { headers } = axios.defaults;
    const groups = Object.entries(headers).map(([name, group]) => [name, { ...Object(group) }]);
    defaults = { ...axios.defaults, headers: Object.fromEntries(groups) };
    for (const { requests } of [authorization, api]) requests.length = 0;
  });

  afterEach(async () => {
    for (const name of Object.keys(axios.defaults)) {
      if (!(name in defaults)) Reflect.deleteProperty(axios.defaults, name);
    }
    Object.assign(axios.defaults, defaults);
    axios.interceptors.request.clear();
    await TokenClients.stopAll();
  });

  afterAll(() => Promise.all([authorization, api].map((server) => server.stop())));

  const start = (options: TokenClientOptions = {}) =>
    TokenClients.start({
      tokenEndpoint: `${authorization.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clients: { orders: { baseURL: api.origin, ...options } },
    });

  const callAll = async (orders: AxiosInstance) => {
    await orders.get('/get');
    await orders.post('/post', {});
    await orders.create().delete('/delete');
    await orders.request({ url: '/patch', method: 'PATCH' });
  };

  /** The token arrived with each call, nothing foreign beside it, and one line in the log says so. */
  const expectTokenOnly = (clients: TokenClients, names: string) => {
    expect(api.authorizations).toEqual(Array.from({ length: 4 }, () => `Bearer ${TOKEN}`));
    expect(JSON.stringify(api.requests)).not.toContain(FOREIGN);
    expect(JSON.stringify(api.requests)).not.toContain(btoa(`user:${FOREIGN}`));
    const lines = clients.logs.lines.filter((line) => line.includes('inherited_credentials'));
    expect(lines).toEqual([
      expect.stringContaining(
        `inherited_credentials_dropped: Client 'orders' does not send ${names}, which defaults of Axios have`,
      ),
    ]);
  };

  const authorizationOf = (group: string, name: string) => {
    const { headers } = axios.defaults;
    const at = group === '' ? headers : (headers as unknown as Record<string, object>)[group];
    Reflect.set(Object(at), name, `Bearer ${FOREIGN}`);
  };

  const before: [string, string, () => void][] = [
    ['Authorization of all', 'Authorization', () => authorizationOf('common', 'Authorization')],
    ['one in another case', 'aUTHORIZATION', () => authorizationOf('common', 'aUTHORIZATION')],
    ['Authorization of no group', 'Authorization', () => authorizationOf('', 'Authorization')],
    ['that of GET', 'Authorization', () => authorizationOf('get', 'Authorization')],
    ['that of POST', 'authorization', () => authorizationOf('post', 'authorization')],
    ['that of DELETE', 'Authorization', () => authorizationOf('delete', 'Authorization')],
    [
      'Proxy-Authorization',
      'Proxy-Authorization',
      () => authorizationOf('common', 'Proxy-Authorization'),
    ],
    ['DPoP', 'DPoP', () => authorizationOf('common', 'DPoP')],
    ['a cookie', 'Cookie', () => authorizationOf('common', 'Cookie')],
    ['a key', 'X-Api-Key', () => authorizationOf('common', 'X-Api-Key')],
    [
      'a token in a header of its own',
      'X-Auth-Token',
      () => authorizationOf('get', 'X-Auth-Token'),
    ],
    [
      'user and password',
      'auth',
      () => (axios.defaults.auth = { username: 'user', password: FOREIGN }),
    ],
    [
      'headers of another class',
      'Authorization',
      () => {
        axios.defaults.headers.common = new AxiosHeaders({
          Authorization: `Bearer ${FOREIGN}`,
        });
      },
    ],
  ];

  it.each(before)('are not sent when they were there before: %s', async (_case, names, set) => {
    set();
    const clients = await start();
    await callAll(clients.axios('orders'));
    expectTokenOnly(clients, names);
  });

  it.each(before)('are not sent when they come later: %s', async (_case, _names, set) => {
    const clients = await start();
    set();
    await callAll(clients.axios('orders'));
    expect(api.authorizations).toEqual(Array.from({ length: 4 }, () => `Bearer ${TOKEN}`));
    expect(JSON.stringify(api.requests)).not.toContain(FOREIGN);
  });

  it('are not sent when they are part of the base URL', async () => {
    axios.defaults.baseURL = api.origin.replace('//', `//user:${FOREIGN}@`);
    const clients = await start({ baseURL: undefined, allowedOrigins: [api.origin] });
    await callAll(clients.axios('orders'));
    expectTokenOnly(clients, 'baseURL (user and password)');
  });

  it('are not sent when an interceptor of Axios sets them', async () => {
    const clients = await start();
    axios.interceptors.request.use((config) => {
      config.headers.Authorization = `Bearer ${FOREIGN}`;
      return config;
    });
    await callAll(clients.axios('orders'));
    expect(api.authorizations).toEqual(Array.from({ length: 4 }, () => `Bearer ${TOKEN}`));
  });

  const late: [string, string, (orders: AxiosInstance) => void][] = [
    [
      'headers of all calls',
      'Authorization',
      ({ defaults: { headers } }) => {
        headers.common.Authorization = `Bearer ${FOREIGN}`;
      },
    ],
    [
      'headers of no group',
      'authorization',
      ({ defaults: { headers } }) => {
        headers['authorization'] = `Bearer ${FOREIGN}`;
      },
    ],
    [
      'user and password',
      'auth',
      (orders) => {
        orders.defaults.auth = { username: 'user', password: FOREIGN };
      },
    ],
  ];

  it.each(late)(
    'are not sent when they are put into the defaults of the instance: %s',
    async (_case, names, set) => {
      const clients = await start();
      const orders = clients.axios('orders');
      set(orders);
      await callAll(orders);
      expectTokenOnly(clients, names);
    },
  );

  it('are left as they are for everybody else', async () => {
    axios.defaults.headers.common['Authorization'] = `Bearer ${FOREIGN}`;
    await start();
    await axios.get(`${api.origin}/plain`);
    expect(api.authorizations).toEqual([`Bearer ${FOREIGN}`]);
  });

  it('do not take away what the client, a call or an interceptor says', async () => {
    axios.defaults.headers.common['X-Api-Key'] = FOREIGN;
    axios.defaults.headers.common['X-From'] = 'gateway';
    axios.defaults.auth = { username: 'user', password: FOREIGN };
    const clients = await start({ headers: { 'x-api-key': 'of the client', Cookie: 'a=b' } });
    const orders = clients.axios('orders');
    await orders.get('/client');
    await orders.get('/call', { headers: { Authorization: 'Custom mine', 'X-Api-Key': 'mine' } });
    await orders.get('/auth', { auth: { username: 'a', password: 'b' } });
    orders.interceptors.request.use((config) => {
      config.headers.setAuthorization('Custom too');
      return config;
    });
    await orders.get('/interceptor');
    expect(api.authorizations).toEqual([
      `Bearer ${TOKEN}`,
      'Custom mine',
      'Basic YTpi',
      'Custom too',
    ]);
    expect(api.requests.map(({ headers }) => headers['x-api-key'])).toEqual([
      'of the client',
      'mine',
      'of the client',
      'of the client',
    ]);
    expect(
      api.requests.every(
        ({ headers }) => headers['x-from'] === 'gateway' && headers.cookie === 'a=b',
      ),
    ).toBe(true);
  });
});
