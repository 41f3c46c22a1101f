import { isAxiosError } from 'axios';
import { AuthorizationServer } from '../support/authorization-server.js';
import { forgetShown, leaks, noteShown, watched } from '../support/leak-watch.js';
import { RecordingServer } from '../support/recording-server.js';
import { rejection } from '../support/secrets.js';
import { TokenClients } from '../support/token-clients.js';

/*
 * Every test file ends with a look for leaks over all that came out of the package in it (leak-watch.setup.ts).
 * Here it is shown that this look would find one.
 */
describe('the look for secrets over everything that is logged, thrown or printed', () => {
  let server: AuthorizationServer;
  let api: RecordingServer;
  let token: string;

  beforeAll(async () => {
    server = await AuthorizationServer.start({
      clients: [{ client_id: 'client', client_secret: 'the-secret-of-the-client', scope: 'api1' }],
    });
    api = await RecordingServer.start(() => ({ status: 500, body: {} }));
    const clients = await TokenClients.start({
      issuer: server.issuer,
      clientId: 'client',
      clientSecret: 'the-secret-of-the-client',
      clients: { api: { baseURL: api.origin, scope: 'api1' } },
    });
    token = (await clients.tokens.getToken('api')).accessToken;
    expect(isAxiosError(await rejection(clients.axios('api').get('/')))).toBe(true);
  });

  afterAll(async () => {
    await TokenClients.stopAll();
    await Promise.all([server.stop(), api.stop()]);
  });

  it('has secrets to look for, things to look through, and finds nothing', () => {
    expect(leaks()).toEqual([]);
    // The secret, the header that it was sent in, and the token.
    expect(watched().secrets).toBeGreaterThanOrEqual(3);
    // The log, and the error of the call.
    expect(watched().shown).toBeGreaterThanOrEqual(2);
  });

  it.each<[string, () => unknown]>([
    ['the token in a message', () => new Error(`sent ${token}`)],
    ['the secret in a log line', () => ['warn [TokenClientModule] the-secret-of-the-client']],
    ['the secret as it is sent', () => `Basic ${btoa('client:the-secret-of-the-client')}`],
    ['the token in a cause', () => new Error('failed', { cause: { headers: { token } } })],
    ['the token in a hidden property', () => Object.defineProperty({}, 'x', { value: token })],
    ['the token in JSON', () => ({ toJSON: () => token })],
  ])('would find %s', (_case, shown) => {
    forgetShown();
    noteShown('test', shown());
    const found = leaks();
    forgetShown();
    expect(found).toEqual([expect.stringMatching(/^test: .*<secret>$/s) as string]);
  });
});
