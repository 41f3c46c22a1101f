import {
  MemoryUserTokenStore,
  ReauthenticationRequiredError,
  runAs,
  UserTokenService,
} from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, type Answer } from '../../support/recording-server.js';
import { TokenClients } from '../../support/token-clients.js';

const SIGN_IN = { accessToken: 'at-0', refreshToken: 'rt-0', expiresInSeconds: 300 };

describe('tokens of a user that are over', () => {
  let server: RecordingServer;
  let api: RecordingServer;
  let clock: TestClock;
  let refusal: Answer;

  beforeAll(async () => {
    server = await RecordingServer.start(() => refusal);
    api = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    server.requests.length = api.requests.length = 0;
    api.respond = () => ({ status: 401 });
  });

  afterEach(() => TokenClients.stopAll());
  afterAll(() => Promise.all([server.stop(), api.stop()]));

  async function start(clientSecret = 'web-secret') {
    const clients = await TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'web',
      clientSecret,
      clock,
      userTokenStore: new MemoryUserTokenStore(),
      backchannel: { retries: 0 },
      clients: { api: { baseURL: api.origin, token: 'user' } },
    });
    const users = clients.app.get(UserTokenService);
    await users.store(SIGN_IN, 'alice');
    const get = () => runAs('alice', () => users.getToken('api'));
    const call = () => runAs('alice', () => clients.axios('api').get('/'));
    return { users, get, call };
  }

  const over: Answer[] = [
    { status: 400, body: '' },
    { status: 403, body: '' },
    ...[
      'invalid_grant',
      'invalid_request',
      'invalid_token',
      'access_denied',
      'unauthorized_client',
    ].map((error) => ({ status: 400, body: { error } })),
    { status: 200, body: { error: 'bad_refresh_token' } },
  ];

  it.each(over)('are over for good where the server says %j', async (answer) => {
    refusal = answer;
    const { users, get } = await start();
    clock.advance({ minutes: 6 });
    await expect(get()).rejects.toBeInstanceOf(ReauthenticationRequiredError);
    await expect(get()).rejects.toBeInstanceOf(ReauthenticationRequiredError);
    expect(server.requests).toHaveLength(1);
    // Whoever signs in again begins anew.
    await users.store({ ...SIGN_IN, refreshToken: 'rt-1', expiresInSeconds: 1 }, 'alice');
    clock.advance({ seconds: 2 });
    refusal = { body: { access_token: 'at-1', token_type: 'Bearer', expires_in: 300 } };
    expect((await get()).accessToken).toBe('at-1');
  });

  it.each(['grant', 'invalid', '_', 'invalid_grant'])(
    'are over where the secret of the client is a word of what the server says: %s',
    async (secret) => {
      refusal = { status: 400, body: { error: 'invalid_grant' } };
      const { get } = await start(secret);
      clock.advance({ minutes: 6 });
      await expect(get()).rejects.toBeInstanceOf(ReauthenticationRequiredError);
    },
  );

  it.each([
    { status: 500, body: '' },
    { status: 503, body: { error: 'invalid_grant' } },
    { status: 429, body: { error: 'invalid_grant' } },
    { status: 400, body: { error: 'temporarily_unavailable' } },
    { status: 401, body: { error: 'invalid_client' } },
    { status: 401, body: '' },
    { status: 403, body: '<html>blocked</html>' },
  ])('are not over because the server says %j', async (answer) => {
    refusal = answer;
    const { users, get } = await start();
    clock.advance({ minutes: 6 });
    await expect(get()).rejects.not.toBeInstanceOf(ReauthenticationRequiredError);
    expect((await users.session('alice'))?.ended).toBe(false);
  });

  it('fail a call at once and afterwards, once the server has said so', async () => {
    refusal = { status: 400, body: { error: 'invalid_grant' } };
    const { call } = await start();
    for (let round = 0; round < 3; round++) {
      await expect(call()).rejects.toBeInstanceOf(ReauthenticationRequiredError);
    }
    expect([server.requests.length, api.requests.length]).toEqual([1, 1]);
  });

  it('leave a call its 401 where nobody knows', async () => {
    refusal = { status: 503 };
    const { call } = await start();
    await expect(call()).rejects.toMatchObject({ response: { status: 401 } });
  });
});
