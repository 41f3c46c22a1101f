import axios from 'axios';
import {
  ConfigurationError,
  TokenClientModule,
  type TokenClientModuleOptions,
  type TokenClientOptions,
} from 'nestjs-access-tokens';
import { TokenClients } from '../support/token-clients.js';

const shared = {
  issuer: 'https://id.example.com',
  clientId: 'gateway',
  clientSecret: 'gateway-secret',
};
const orders = { baseURL: 'https://orders.example.com' };

/** The faults of options, none when the application starts. As a JavaScript user would give them: untyped. */
async function faultsOf(
  ...imports: Parameters<typeof TokenClients.start>[0][]
): Promise<readonly string[]> {
  try {
    await TokenClients.start(imports.flat() as never);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError && error.module === 'TokenClientModule') {
      return error.problems;
    }
    throw error;
  }
}

const faultsOfRoot = (options: object) => faultsOf([TokenClientModule.forRoot(options)]);
const faultsOfClient = (options: object, more: object = {}) =>
  faultsOfRoot({ ...shared, ...more, clients: { orders: { ...orders, ...options } } });

afterEach(() => TokenClients.stopAll());

describe('the options of TokenClientModule', () => {
  it('are good with no more than a server, credentials and a base URL', async () => {
    expect(await faultsOfClient({})).toEqual([]);
  });

  it('are good with everything', async () => {
    expect(
      await faultsOfClient(
        {
          token: 'client',
          scope: ['orders.read', 'https://orders.example.com/.default'],
          resource: ['https://orders.example.com', 'urn:orders'],
          audience: 'orders',
          parameters: { tenant: 'blue' },
          clientAuthentication: 'client_secret_post',
          allowedOrigins: ['https://files.example.com', 'http://localhost:3000/', 'http://[::1]:1'],
          clientId: 'own',
          clientSecret: () => 'own-secret',
          timeout: 1000,
          headers: { 'x-app': 'gateway', common: { accept: 'text/plain' } },
        },
        { backchannel: { timeoutMs: 500 }, allowInsecureHttp: false, clock: { now: () => 0 } },
      ),
    ).toEqual([]);
  });

  it('are good without clients, for an application that registers them with forFeature', async () => {
    expect(await faultsOfRoot(shared)).toEqual([]);
    expect(await faultsOfRoot({})).toEqual([]);
  });

  it('are all checked before anybody is told, and the error lists every fault with its fix', async () => {
    const error: unknown = await TokenClients.start({
      clientId: 'gateway\n',
      backchannel: { timeoutMs: 0 },
      clients: {
        orders: { baseURL: 'orders', scope: 'a"b' },
        billing: { baseURL: 'http://billing.example.com' },
      },
    }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).message).toMatchInlineSnapshot(`
"TokenClientModule cannot start with these options:
  - clientId: has a line break or another control character in it, perhaps at its end. Remove it.
  - backchannel.timeoutMs: not a whole number of milliseconds. Give one above zero, such as 10_000.
  - clients.orders.scope: "a\\"b" cannot be a scope (RFC 6749 section 3.3). Use visible ASCII characters without quotes and backslashes.
  - issuer: missing. Give issuer (discovery) or tokenEndpoint, for all clients or for each of them.
  - clientSecret: missing. Give the secret that belongs to clientId, or a function that gets it; is the environment variable set?
  - clients.orders.baseURL: not an absolute URL. Give one such as 'https://id.example.com'.
  - clients.billing.baseURL: 'http://billing.example.com' is not https. Use https; plain http is only for loopback, or set allowInsecureHttp for a network you trust."
`);
  });

  it.each<[string, object, string]>([
    ['no server', { issuer: undefined }, 'issuer: missing.'],
    [
      'a server given twice',
      { tokenEndpoint: 'https://id.example.com/token' },
      'issuer: given together with tokenEndpoint.',
    ],
    ['an issuer that is no URL', { issuer: 'id.example.com' }, 'issuer: not an absolute URL.'],
    [
      'an issuer on plain http',
      { issuer: 'http://id.example.com' },
      "issuer: 'http://id.example.com' is not https.",
    ],
    [
      'an issuer with a password',
      { issuer: 'https://a:b@id.example.com' },
      'issuer: holds a user name or password.',
    ],
    [
      'a token endpoint on plain http',
      { issuer: undefined, tokenEndpoint: 'http://id.example.com' },
      "tokenEndpoint: 'http://id.example.com' is not https.",
    ],
    [
      'the issuer of any tenant',
      { issuer: 'https://id.example.com/{tenant}/v2.0' },
      'issuer: "https://id.example.com/{tenant}/v2.0" is a template, and tokens name a tenant in its place. Give the issuer of your tenant, or resolveClient for several.',
    ],
    ...['/.well-known/openid-configuration', '/.well-known'].map(
      (path): [string, object, string] => [
        `an issuer that ends in ${path}`,
        { issuer: `https://id.example.com${path}` },
        `issuer: "https://id.example.com${path}" is the address of metadata.`,
      ],
    ),
    [
      'an issuer with a blank at its end',
      { issuer: 'https://id.example.com ' },
      'issuer: "https://id.example.com " has a blank at its start or its end.',
    ],
    [
      'an issuer with an invisible character',
      { issuer: 'https://id.example.com/\u200b' },
      'issuer: holds control characters.',
    ],
    [
      'a client id with an invisible character',
      { clientId: 'gateway\u200b' },
      'clientId: "gateway\\u{200b}" holds a character that cannot be seen. Remove it.',
    ],
    [
      'a client id with a blank before it',
      { clientId: ' gateway' },
      'clientId: " gateway" has a blank at its start or its end.',
    ],
    [
      'an audience with an invisible character',
      { audience: '\ufefforders' },
      'audience: "\\u{feff}orders" holds a character that cannot be seen.',
    ],
    [
      'an audience that is a template',
      { audience: 'api://{clientId}' },
      'audience: "api://{clientId}" is a template.',
    ],
    [
      'a resource that is a template',
      { resource: 'https://{host}.example.com' },
      'resource: "https://{host}.example.com" is a template.',
    ],
    ['no client id', { clientId: undefined }, 'clientId: missing.'],
    ['an empty client id', { clientId: '' }, 'clientId: empty.'],
    ['a client id that is no string', { clientId: 42 }, 'clientId: not a string.'],
    ['no secret', { clientSecret: undefined }, 'clientSecret: missing.'],
    ['an empty secret', { clientSecret: '' }, 'clientSecret: empty.'],
    ['a secret that is no string', { clientSecret: 42 }, 'clientSecret: not a string.'],
    [
      'a secret with the line break of its file',
      { clientSecret: 'secret\n' },
      'clientSecret: has a line break',
    ],
    [
      'an unknown authentication method',
      { clientAuthentication: 'basic' },
      "clientAuthentication: unknown value. Use 'client_secret_basic', 'client_secret_post'",
    ],
    ['a scope that is no string', { scope: 42 }, 'scope: not a string.'],
    ['a resource that is no string', { resource: [42] }, 'resource: not a string.'],
    ['an empty resource', { resource: '' }, 'resource: empty.'],
    [
      'a resource with a fragment',
      { resource: 'https://a.example#b' },
      "resource: 'https://a.example#b' has a fragment",
    ],
    ['an empty audience', { audience: '' }, 'audience: empty.'],
    ['parameters that are no object', { parameters: 'a=b' }, 'parameters: not an object.'],
    ['a parameter that is no string', { parameters: { a: 1 } }, 'parameters.a: not a string.'],
    [
      'a timeout that is no number',
      { backchannel: { timeoutMs: '10s' } },
      'backchannel.timeoutMs: not a whole number of milliseconds.',
    ],
    [
      'a timeout that no timer can hold',
      { backchannel: { timeoutMs: 1e12 } },
      'backchannel.timeoutMs: not a whole number of milliseconds.',
    ],
    [
      'a misspelt option',
      { clientSecrets: 'x' },
      "clientSecrets: no option. Did you mean 'clientSecret'?",
    ],
    ['a flag that is text', { allowInsecureHttp: 'false' }, 'allowInsecureHttp: not a boolean.'],
    [
      'an instance of Axios in place of Axios',
      { axios: axios.create() },
      'axios: not Axios itself.',
    ],
    ['a clock that does not go', { clock: {} }, 'clock: has no function now().'],
    [
      'an option that there is not',
      { timeout: 1000 },
      'timeout: no option. Remove it, or give it to the client that it is for.',
    ],
  ])('name the shared option at fault: %s', async (_case, options, fault) => {
    expect(await faultsOfClient({}, options)).toEqual([expect.stringContaining(fault)]);
  });

  it.each<[string, object, string]>([
    [
      'no base URL',
      { baseURL: undefined },
      'clients.orders.baseURL: missing. Give the URL of the API, or allowedOrigins',
    ],
    [
      'a base URL that is no string',
      { baseURL: 42 },
      'clients.orders.baseURL: not an absolute URL.',
    ],
    [
      'a base URL on plain http',
      { baseURL: 'http://10.0.0.1' },
      "clients.orders.baseURL: 'http://10.0.0.1' is not https.",
    ],
    [
      'an allowed origin with a path',
      { allowedOrigins: ['https://a.example/files'] },
      "clients.orders.allowedOrigins[0]: 'https://a.example/files' is more than an origin. Give 'https://a.example'.",
    ],
    [
      'an allowed origin on plain http',
      { allowedOrigins: ['https://a.example', 'http://a.example'] },
      "clients.orders.allowedOrigins[1]: 'http://a.example' is not https.",
    ],
    [
      'an allowed origin that is a wildcard',
      { allowedOrigins: ['*'] },
      'clients.orders.allowedOrigins[0]: not an absolute URL.',
    ],
    [
      'allowed origins that are no list',
      { allowedOrigins: 5 },
      'clients.orders.allowedOrigins: not a list.',
    ],
    [
      'an unknown kind of token',
      { token: 'mine' },
      "clients.orders.token: unknown value. Use 'client' or 'user' or 'exchange' or 'forward'.",
    ],
    ['an id without its secret', { clientId: 'own' }, 'clients.orders.clientSecret: missing.'],
    ['a secret without its id', { clientSecret: 'own' }, 'clients.orders.clientId: missing.'],
    [
      'a server of its own without credentials',
      { issuer: 'https://other.example.com' },
      'clients.orders.clientId: missing. The shared credentials are not sent to another authorization server',
    ],
    [
      'Axios credentials',
      { auth: { username: 'a', password: 'b' } },
      'clients.orders.auth: takes the place of the token.',
    ],
    [
      'an Authorization header',
      { headers: { authorization: 'x' } },
      'clients.orders.headers.Authorization: takes the place of the token.',
    ],
    [
      'an Authorization header for one method',
      { headers: { post: { Authorization: 'x' } } },
      'clients.orders.headers.Authorization: takes the place of the token.',
    ],
    [
      'a misspelt option',
      { scopes: 'a' },
      "clients.orders.scopes: no option. Did you mean 'scope'?",
    ],
    [
      'another misspelt option',
      { baseUrl: 'https://a.example' },
      "clients.orders.baseUrl: no option. Did you mean 'baseURL'?",
    ],
  ])('name the option of the client at fault: %s', async (_case, options, fault) => {
    expect(await faultsOfClient(options)).toEqual([expect.stringContaining(fault)]);
  });

  it.each([
    'grant_type',
    'client_id',
    'client_secret',
    'client_assertion',
    'client_assertion_type',
    'scope',
    'resource',
    'audience',
  ])('do not let parameters replace %s', async (name) => {
    expect(await faultsOfClient({ parameters: { [name]: 'x' } })).toEqual([
      `clients.orders.parameters.${name}: is decided by the grant or by an option of its own. Remove it here.`,
    ]);
  });

  it.each([
    ['subject_token', " Use token: 'exchange' in its place."],
    ['subject_token_type', ' Use exchange.subjectTokenType in its place.'],
    ['actor_token', ' Use exchange.actorToken in its place.'],
    ['actor_token_type', ' Use exchange.actorTokenType in its place.'],
    ['requested_token_type', ' Use exchange.requestedTokenType in its place.'],
    ['requested_token_use', " Use exchange.form: 'on-behalf-of' in its place."],
    ['assertion', " Use exchange.form: 'on-behalf-of' in its place."],
    ['refresh_token', " Use token: 'user' in its place."],
    ...['code', 'code_verifier', 'redirect_uri', 'username', 'password'].map((name) => [
      name,
      ' Use provider in its place.',
    ]),
    ['device_code', ' Use provider in its place.'],
    ['auth_req_id', ' Use provider in its place.'],
    ['dpop_jkt', ' Use dpop in its place.'],
    // What one server or another reads as the same.
    ['GRANT_TYPE', ''],
    ['grant.type', ''],
    ['grant-type', ''],
    ['grant_type[]', ''],
    ['Scope', ''],
    ['resource[0]', ''],
  ])('do not let parameters replace %s', async (name, instead) => {
    expect(await faultsOfClient({ parameters: { [name]: 'x' } })).toEqual([
      `clients.orders.parameters.${name}: is decided by the grant or by an option of its own. Remove it here.${instead}`,
    ]);
  });

  it.each(['', 'a b', 'grant_type ', 'grant%5Ftype', 'a&b', 'a\u0000', '\uff47rant_type'])(
    'do not take %j for the name of a parameter',
    async (name) => {
      expect(await faultsOfClient({ parameters: { [name]: 'x' } })).toEqual([
        expect.stringMatching(/^clients\.orders\.parameters: ".*" cannot be the name/) as string,
      ]);
    },
  );

  it.each([
    ['a URLSearchParams', new URLSearchParams({ grant_type: 'x' })],
    ['a Map', new Map([['grant_type', 'x']])],
    ['with a prototype of its own', Object.create({ grant_type: 'x' }) as object],
    ['a list', [['grant_type', 'x']]],
  ])('do not take parameters that are %s', async (_case, parameters) => {
    expect(await faultsOfClient({ parameters: parameters as never })).toEqual([
      'clients.orders.parameters: not an object. Give names and values of parameters.',
    ]);
  });

  it('let parameters of servers through', async () => {
    const parameters = {
      organization: 'acme',
      ext_x: '1',
      'x-y': '2',
      'urn:a:b': '3',
      connection: 'db',
    };
    expect(await faultsOfClient({ parameters })).toEqual([]);
  });

  it('never repeat a secret in a fault', async () => {
    const faults = await faultsOfClient(
      { clientId: 'own', clientSecret: 'hush\u0000' },
      { clientSecret: 'hush\n' },
    );
    expect(faults).toHaveLength(2);
    expect(faults.join()).not.toContain('hush');
  });

  it('say a fault that many clients inherit only once', async () => {
    const clients = { one: orders, two: orders, three: orders };
    expect(await faultsOfRoot({ ...shared, clientSecret: undefined, clients })).toHaveLength(1);
  });

  it('allow plain http where they say so', async () => {
    const http = { issuer: 'http://id.internal', allowInsecureHttp: true };
    expect(await faultsOfClient({ baseURL: 'http://orders.internal' }, http)).toEqual([]);
  });

  it('send shared credentials to the server of a client where no shared one is named', async () => {
    const { issuer, ...credentials } = shared;
    expect(
      await faultsOfRoot({ ...credentials, clients: { orders: { ...orders, issuer } } }),
    ).toEqual([]);
    expect(await faultsOfClient({ issuer })).toEqual([]);
  });

  it('take a client that is no object for a fault', async () => {
    expect(
      await faultsOfRoot({ ...shared, clients: { orders: 'https://orders.example.com' } }),
    ).toEqual(['clients.orders: not an object. Give the options of the client.']);
  });

  it('do not care what happens to the object afterwards', async () => {
    const options = { ...shared, clients: { orders: { ...orders } as TokenClientOptions } };
    const clients = await TokenClients.start(options);
    options.clients.orders.baseURL = 'https://evil.example';
    expect(clients.axios('orders').defaults.baseURL).toBe(orders.baseURL);
  });

  describe('from the factory of forRootAsync', () => {
    const async = (names: string[], options: unknown) =>
      faultsOf([
        TokenClientModule.forRootAsync({
          clients: names,
          useFactory: () => options as TokenClientModuleOptions,
        }),
      ]);

    it('must have the clients that were announced, and no others', async () => {
      expect(
        await async(['orders', 'billing'], { ...shared, clients: { orders, ledger: orders } }),
      ).toEqual([
        'clients.billing: named in forRootAsync({ clients }), but the factory does not give it. Add it to what the factory returns, or remove the name.',
        'clients.ledger: given by the factory, but not named in forRootAsync({ clients }), so nobody could inject it. Add the name there.',
      ]);
      expect(await async(['orders'], { ...shared, clients: { orders } })).toEqual([]);
    });

    it.each([undefined, null, 'options'])('must be there: %j', async (options) => {
      expect(await async(['orders'], options)).toEqual([
        'options: missing. Return them from the factory of forRootAsync.',
      ]);
    });
  });

  describe('of forFeature', () => {
    it('are checked together, with the name of the client', async () => {
      expect(
        await faultsOf([
          TokenClientModule.forRoot(shared),
          TokenClientModule.forFeature({ orders: {}, billing: { ...orders, scope: 'a"b' } }),
        ]),
      ).toEqual([
        expect.stringMatching(/^clients\.orders\.baseURL: missing/),
        expect.stringMatching(/^clients\.billing\.scope: /),
      ]);
    });

    it('do not take a name that is taken', async () => {
      expect(
        await faultsOf([
          TokenClientModule.forRoot({ ...shared, clients: { orders } }),
          TokenClientModule.forFeature({ orders }),
        ]),
      ).toEqual(['clients.orders: registered twice. Give one of them another name.']);
    });
  });
});
