import axios, { AxiosError, type AxiosAdapter } from 'axios';
import {
  ConfigurationError,
  OriginNotAllowedError,
  type RefusedCall,
  type TokenClientModuleOptions,
  type TokenClientOptions,
} from 'nestjs-access-tokens';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

describe('a client whose API is not like the others', () => {
  let issuer: RecordingServer;
  let api: RecordingServer;
  let other: RecordingServer;

  beforeAll(async () => {
    [issuer, api, other] = await Promise.all([
      RecordingServer.start(),
      RecordingServer.start(),
      RecordingServer.start(),
    ]);
  });

  beforeEach(() => {
    for (const server of [issuer, api, other]) server.requests.length = 0;
    issuer.respond = tokenEndpoint();
    api.respond = () => ({ body: {} });
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => Promise.all([issuer, api, other].map((server) => server.stop())));

  const start = (
    client: Partial<TokenClientOptions> = {},
    more: Partial<TokenClientModuleOptions> = {},
  ) =>
    TokenClients.start({
      tokenEndpoint: `${issuer.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clients: { shop: { baseURL: api.origin, ...client } },
      ...more,
    });
  const header = 'X-Shop-Access-Token';
  const sent = () => api.requests.map(({ headers }) => headers['x-shop-access-token']);

  it.each<[TokenClientOptions['sendAs'], string, string | undefined]>([
    [{ scheme: 'Zoho-oauthtoken' }, 'authorization', 'Zoho-oauthtoken token-1'],
    [{ scheme: '' }, 'authorization', 'token-1'],
    [{ header }, 'x-shop-access-token', 'token-1'],
    [{ header, scheme: 'Token' }, 'x-shop-access-token', 'Token token-1'],
    [{ header: 'authorization' }, 'authorization', 'Bearer token-1'],
    [{}, 'authorization', 'Bearer token-1'],
  ])('gets its token as %j', async (sendAs, name, value) => {
    const clients = await start({ sendAs });
    await clients.axios('shop').get('/');
    const [request] = api.requests;
    expect(request?.headers[name]).toBe(value);
    if (name !== 'authorization') expect(request?.headers.authorization).toBeUndefined();
  });

  it('shows its token nowhere, whatever is looked at', async () => {
    api.respond = () => ({ status: 500 });
    const clients = await start({ sendAs: { header } });
    const error = await rejection(clients.axios('shop').get('/'));
    expect(sent()).toEqual(['token-1']);
    expectNoSecret([error, (error as AxiosError).request, clients.logs], 'token-1');
  });

  it('gets what a call brings in that header instead, and nothing where it says so', async () => {
    const clients = await start({ sendAs: { header } });
    await clients.axios('shop').get('/', { headers: { 'x-shop-access-token': 'own' } });
    await clients.axios('shop').get('/', { headers: { Authorization: 'Basic own' } });
    expect(sent()).toEqual(['own', undefined]);
    expect(issuer.requests).toHaveLength(0);
  });

  it('gets nothing in that header that was put into the defaults', async () => {
    axios.defaults.headers.common[header] = 'of-another-api';
    try {
      const clients = await start({ sendAs: { header } });
      clients.axios('shop').defaults.headers.common[header] = 'later';
      await clients.axios('shop').get('/');
      expect(sent()).toEqual(['token-1']);
    } finally {
      delete axios.defaults.headers.common[header];
    }
  });

  it('keeps its token within the origin where it redirects, and shows it to no hook', async () => {
    api.respond = ({ path }) =>
      path === '/here'
        ? { body: {} }
        : { status: 302, headers: { location: path === '/a' ? '/here' : `${other.origin}/there` } };
    const shown: unknown[] = [];
    const beforeRedirect = (options: unknown, _: unknown, request: unknown) =>
      void shown.push(JSON.stringify([options, request]));
    const clients = await start({
      sendAs: { header },
      maxRedirects: 2,
      allowedOrigins: [other.origin],
      beforeRedirect,
    });
    await clients.axios('shop').get('/a');
    await clients.axios('shop').get('/b');
    expect(sent()).toEqual(['token-1', 'token-1', 'token-1']);
    expect(other.requests[0]?.headers['x-shop-access-token']).toBeUndefined();
    expect(shown).toHaveLength(2);
    expect(String(shown)).not.toContain('token-1');
  });

  it.each([403, 419])('gets a call once more after %i where the option says so', async (status) => {
    api.respond = ({ headers }) => (headers.authorization === 'Bearer token-1' ? { status } : {});
    const asked: RefusedCall[] = [];
    const when = (call: RefusedCall) => asked.push(call) > 0;
    const clients = await start({ retryOn401: { statuses: [401, 403, 419], when } });
    expect((await clients.axios('shop').post('/', {})).status).toBe(200);
    expect(asked).toMatchObject([{ status, method: 'POST', client: 'shop' }]);
    expect(api.requests).toHaveLength(2);
  });

  it('gets a call once after 403 where it lacks a scope, or where no option says so', async () => {
    const challenge = { 'www-authenticate': 'Bearer error="insufficient_scope"' };
    api.respond = () => ({ status: 403, headers: challenge });
    const asking = await start({ retryOn401: { statuses: [403], when: 'always' } });
    expect(await rejection(asking.axios('shop').get('/'))).toMatchObject({ code: 'missing_scope' });
    api.respond = () => ({ status: 403 });
    const plain = await start({ retryOn401: 'always' });
    await rejection(plain.axios('shop').get('/'));
    expect(api.requests).toHaveLength(2);
  });

  it('has the error of a redirect say that it was one', async () => {
    const location = `${other.origin}/bucket?signature=s1gned`;
    api.respond = () => ({ status: 302, headers: { location } });
    const plain = await rejection((await start()).axios('shop').get('/'));
    expect(plain).toBeInstanceOf(AxiosError);
    expect((plain as Error).message).toMatch(
      /^Request failed with status code 302: a redirect, which client 'shop' does not follow\. maxRedirects /,
    );
    const followed = await rejection((await start({ maxRedirects: 5 })).axios('shop').get('/'));
    expect(followed).toBeInstanceOf(OriginNotAllowedError);
    expect(followed).toMatchObject({ redirected: true, origin: other.origin });
    expect((followed as Error).message).toContain('redirects a call');
    expect((followed as Error).message).not.toMatch(/allowedOrigins|s1gned/);
    expect(other.requests).toHaveLength(0);
  });

  it.each([
    ['/x', '/x', 'base'],
    ['/x?a=1#b', '/x?a=1#b', 'base'],
    ['/@evil.example', '/@evil.example', 'base'],
    ['/%2f/evil', '/%2f/evil', 'base'],
    ['/\\evil.example/x', 'whole', ''],
  ])(
    'shows adapters of others the URL %j in the parts that the call gave',
    async (url, seen, base) => {
      const calls: (string | undefined)[] = [];
      const adapter: AxiosAdapter = async (config) => {
        calls.push(config.url, config.baseURL);
        return { data: {}, status: 200, statusText: '', headers: {}, config };
      };
      const clients = await start({ adapter });
      await clients.axios('shop').get(url);
      expect(calls).toEqual(
        seen === 'whole' ? [`${api.origin}${url}`, ''] : [seen, base && api.origin],
      );
    },
  );

  it('may be on plain http alone', async () => {
    const baseURL = 'http://billing:3000';
    const clients = await start({ baseURL, allowInsecureHttp: true });
    expect(clients.axios('shop').defaults.baseURL).toBe(baseURL);
    const faults = async (client: Partial<TokenClientOptions>, more = {}) =>
      ((await rejection(start(client, more))) as ConfigurationError).problems;
    expect(await faults({ baseURL })).toHaveLength(1);
    expect(
      await faults({ allowInsecureHttp: true, baseURL }, { tokenEndpoint: 'http://id:3000/token' }),
    ).toEqual([expect.stringMatching(/^tokenEndpoint: /)]);
    expect(await faults({ allowInsecureHttp: true, allowedOrigins: [baseURL] })).toHaveLength(1);
    expect(
      await faults({ allowInsecureHttp: false, baseURL }, { allowInsecureHttp: true }),
    ).toHaveLength(1);
  });

  it('has wrong credentials show at start where the options say so', async () => {
    await start({}, { warmUp: 'eager' });
    expect(issuer.requests).toHaveLength(1);
    issuer.respond = () => ({ status: 401, body: { error: 'invalid_client' } });
    const clients = { shop: { baseURL: api.origin }, mail: { baseURL: api.origin, scope: 'mail' } };
    const error = await TokenClients.start({
      tokenEndpoint: `${issuer.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clients,
      warmUp: 'eager',
    }).then(
      async ({ app }) => rejection(app.init()),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems).toEqual([
      expect.stringMatching(/^clients\.shop: warmUp: 'eager', .* 401 invalid_client/),
      expect.stringMatching(/^clients\.mail: warmUp: 'eager', .* 401 invalid_client/),
    ]);
  });

  it.each<[object, string]>([
    [{ sendAs: 'X-Token' }, 'clients.shop.sendAs: not an object'],
    [{ sendAs: { header: 'a b' } }, 'clients.shop.sendAs.header: no name'],
    [{ sendAs: { header: 'Host' } }, 'clients.shop.sendAs.header: is decided'],
    [{ sendAs: { scheme: 'a\nb' } }, 'clients.shop.sendAs.scheme: no scheme'],
    [{ sendAs: {}, dpop: true }, 'clients.shop.sendAs: given together with dpop'],
    [{ sendAs: { header }, headers: { [header]: 'x' } }, `clients.shop.headers.${header}: takes`],
    [{ retryOn401: { statuses: [] } }, 'clients.shop.retryOn401.statuses: not a list'],
    [{ retryOn401: { statuses: [500] } }, 'clients.shop.retryOn401.statuses: not a list'],
    [{ retryOn401: { statuses: [403], when: 'x' } }, 'clients.shop.retryOn401.when: unknown'],
    [{ retryOn401: { statuses: [403], what: 1 } }, 'clients.shop.retryOn401.what: no option'],
    [{ allowInsecureHttp: 'false' }, 'clients.shop.allowInsecureHttp: not a boolean'],
  ])('has its options checked: %j', async (client, fault) => {
    const error = await rejection(start(client));
    expect((error as ConfigurationError).problems).toEqual([expect.stringContaining(fault)]);
  });
});
