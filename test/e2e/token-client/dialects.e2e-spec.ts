import {
  ConfigurationError,
  TokenRequestError,
  type TokenClientModuleOptions,
  type TokenRenewedEvent,
} from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, type Answer } from '../../support/recording-server.js';
import { everyFormOf } from '../../support/every-form.js';
import { rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

const token = { access_token: 'opaque-token', token_type: 'Bearer', expires_in: 3600 };
const orders = { baseURL: 'https://orders.example' };

describe('the answer of a token endpoint', () => {
  let server: RecordingServer;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    server.requests.length = 0;
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  function start(answer: Answer, more: Partial<TokenClientModuleOptions> = {}) {
    server.respond = () => answer;
    return TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clients: { orders },
      ...more,
    });
  }

  it.each([200, 201, 202, 203, 206, 299])('brings a token with status %i', async (status) => {
    const { tokens } = await start({ status, body: token });
    expect((await tokens.getToken('orders')).accessToken).toBe('opaque-token');
  });

  it.each([201, 202])('is a refusal with status %i and an error', async (status) => {
    const { tokens } = await start({ status, body: { error: 'invalid_scope' } });
    expect(await rejection(tokens.getToken('orders'))).toMatchObject({
      code: 'token_request_failed',
      oauthError: 'invalid_scope',
      status,
    });
  });

  it.each([undefined, null, ''])('has a Bearer token where its type is %j', async (type) => {
    const { tokens } = await start({ body: { ...token, token_type: type } });
    expect((await tokens.getToken('orders')).tokenType).toBe('Bearer');
  });

  it('has no token where its type is missing and one bound to a key was asked for', async () => {
    const { tokens } = await start({ body: { ...token, token_type: undefined } }, { dpop: true });
    expect(String(await rejection(tokens.getToken('orders')))).toContain(
      'answered without a token_type',
    );
  });

  describe('with a type that nobody knows', () => {
    const odd = { body: { ...token, token_type: 'BearerToken' } };

    it('is refused, and the error names the option that takes it', async () => {
      const { tokens } = await start(odd);
      expect(String(await rejection(tokens.getToken('orders')))).toContain(
        "give the option tokenType: 'Bearer'",
      );
    });

    it('brings a Bearer token where the option says so, for all or for one', async () => {
      const { tokens } = await start(odd, { tokenType: 'Bearer' });
      expect((await tokens.getToken('orders')).tokenType).toBe('Bearer');
      const one = await start(odd, {
        clients: { orders: { ...orders, tokenType: 'Bearer' }, stock: orders },
      });
      expect((await one.tokens.getToken('orders')).tokenType).toBe('Bearer');
      expect(await rejection(one.tokens.getToken('stock'))).toMatchObject({
        code: 'token_endpoint_unavailable',
      });
    });

    it.each(['DPoP', 'dpop', 'mac', 'PoP', 5, {}])(
      'is refused as %j all the same',
      async (type) => {
        const { tokens } = await start(
          { body: { ...token, token_type: type } },
          { tokenType: 'Bearer' },
        );
        expect(await rejection(tokens.getToken('orders'))).toMatchObject({
          code: 'token_endpoint_unavailable',
        });
      },
    );
  });

  it('may put commas between scopes', async () => {
    const body = { ...token, scope: 'read_orders,write_orders' };
    const asking = {
      ...orders,
      scope: 'read_orders write_orders',
      onNarrowerScope: 'error',
    } as const;
    const { tokens, logs } = await start({ body }, { clients: { orders: asking } });
    const { scopes, missingScopes } = await tokens.getToken('orders');
    expect([...scopes]).toEqual(['read_orders', 'write_orders']);
    expect(missingScopes).toEqual([]);
    expect(logs.lines.join('\n')).not.toContain('token_scope_narrower');
  });

  describe('without a lifetime', () => {
    const endless = { body: { ...token, expires_in: undefined } };

    it.each<[string, Partial<TokenClientModuleOptions>, number]>([
      ['counts for five minutes', {}, 300],
      ['counts for what the options say', { defaultLifetimeSeconds: 7_200 }, 7_200],
      [
        'counts for what the client says',
        {
          defaultLifetimeSeconds: 7_200,
          clients: { orders: { ...orders, defaultLifetimeSeconds: 60 } },
        },
        60,
      ],
    ])('%s', async (_case, more, seconds) => {
      const clock = new TestClock();
      const { tokens } = await start(endless, { clock, ...more });
      const { expiresAt } = await tokens.getToken('orders');
      expect(expiresAt.getTime() - clock.now()).toBe(seconds * 1000);
    });

    it('counts for as long as a JWT says, and with one for as long as that is', async () => {
      const clock = new TestClock();
      const now = Math.floor(clock.now() / 1000);
      const claims = Buffer.from(JSON.stringify({ iat: now, exp: now + 100 })).toString(
        'base64url',
      );
      const jwt = `eyJhbGciOiJub25lIn0.${claims}.c2ln`;
      const more = { clock, defaultLifetimeSeconds: 7_200 };
      const one = await start(
        { body: { ...token, access_token: jwt, expires_in: undefined } },
        more,
      );
      const { expiresAt } = await one.tokens.getToken('orders');
      expect(Math.ceil((expiresAt.getTime() - clock.now()) / 1000)).toBe(100);
      const other = await start({ body: { ...token, expires_in: 50 } }, more);
      const second = await other.tokens.getToken('orders');
      expect(second.expiresAt.getTime() - clock.now()).toBe(50_000);
    });

    it('costs one request an hour where the options say an hour', async () => {
      const clock = new TestClock();
      const { tokens } = await start(endless, { clock, defaultLifetimeSeconds: 3_600 });
      for (let minute = 0; minute < 59; minute += 1) {
        await tokens.getToken('orders');
        clock.advance({ minutes: 1 });
      }
      expect(server.requests).toHaveLength(1);
    });
  });

  it('has other members, for the application and its hooks and for no log', async () => {
    const events: TokenRenewedEvent[] = [];
    const { tokens, logs } = await start(
      {
        body: {
          ...token,
          instance_url: 'https://eu1.example.com',
          id_token: 'id',
          other_token: 'o',
        },
      },
      { hooks: { tokenRenewed: (event) => void events.push(event) } },
    );
    const issued = await tokens.getToken('orders');
    expect(issued.extra).toEqual({ instance_url: 'https://eu1.example.com' });
    expect(Object.isFrozen(issued.extra)).toBe(true);
    expect(events).toMatchObject([{ extra: { instance_url: 'https://eu1.example.com' } }]);
    expect(everyFormOf([issued, logs])).not.toContain('eu1.example.com');
  });

  it('that refuses has what it says besides in details', async () => {
    const { tokens } = await start({
      status: 400,
      body: {
        error: 'invalid_grant',
        suberror: 'basic_action',
        error_codes: [50076],
        claims: '{"access_token":{}}',
        correlation_id: 'gateway-secret',
      },
    });
    const error = await rejection(tokens.getToken('orders'));
    expect(error).toBeInstanceOf(TokenRequestError);
    expect(error).toMatchObject({
      details: { suberror: 'basic_action', error_codes: [50076], claims: '{"access_token":{}}' },
    });
    expect((error as TokenRequestError).details).not.toHaveProperty('correlation_id');
    expect((error as TokenRequestError).forClient('stock').details).toEqual(
      (error as TokenRequestError).details,
    );
  });

  it.each<[object, string]>([
    [{ tokenType: 'BearerToken' }, "tokenType: unknown value. Use 'Bearer'."],
    [
      { tokenType: 'Bearer', dpop: true },
      'tokenType: given together with dpop, whose tokens are never Bearer tokens. Remove one of them.',
    ],
    [
      { clients: { orders: { ...orders, tokenType: 'Bearer' } }, dpop: true },
      'clients.orders.tokenType: given together with dpop, whose tokens are never Bearer tokens. Remove one of them.',
    ],
    ...[0, -1, 1.5, '60', 86_401, NaN].map((defaultLifetimeSeconds): [object, string] => [
      { defaultLifetimeSeconds },
      'defaultLifetimeSeconds: not a whole number of seconds from 1 to 86_400. Give one, such as 3_600.',
    ]),
  ])('is read by options that are checked: %j', async (more, fault) => {
    const error = await rejection(start({ body: token }, more));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems).toEqual([fault]);
  });
});
