import type { IssuedToken, TokenClientModuleOptions } from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

describe('a token that does not do', () => {
  let server: RecordingServer;
  let clock: TestClock;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    server.requests.length = 0;
    server.respond = tokenEndpoint();
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  async function started(more: Partial<TokenClientModuleOptions> = {}) {
    const { tokens, logs } = await TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clock,
      backchannel: { retries: 0 },
      clients: { orders: { baseURL: 'https://orders.example', scope: 'read write' } },
      ...more,
    });
    const get = () => tokens.getToken('orders');
    const insteadOf = (rejected: IssuedToken) => tokens.getToken('orders', { rejected });
    return { get, insteadOf, logs, tokens };
  }

  describe('because an API refused it', () => {
    it('is renewed once for all who had it refused', async () => {
      const { get, insteadOf } = await started();
      const old = await get();
      const all = await Promise.all(Array.from({ length: 100 }, () => insteadOf(old)));
      expect(new Set(all.map(({ accessToken }) => accessToken))).toEqual(new Set(['token-2']));
      expect(server.requests).toHaveLength(2);
    });

    it('is not renewed for those who come late, with a token that was replaced already', async () => {
      const { get, insteadOf } = await started();
      const old = await get();
      await insteadOf(old);
      expect((await insteadOf(old)).accessToken).toBe('token-2');
      expect(server.requests).toHaveLength(2);
    });

    it('is used by nobody else while a new one is on its way', async () => {
      const { get, insteadOf } = await started();
      const old = await get();
      const [first, second] = await Promise.all([insteadOf(old), get()]);
      expect(second).toBe(first);
      expect(server.requests).toHaveLength(2);
    });

    it('goes on being used by the others when no new one can be had', async () => {
      const { get, insteadOf } = await started();
      const old = await get();
      server.respond = () => ({ status: 503 });
      const [error, other] = await Promise.all([rejection(insteadOf(old)), get()]);
      expect(error).toMatchObject({ code: 'token_endpoint_unavailable' });
      expect(other).toBe(old);
      expect(await get()).toBe(old);
      expect(server.requests).toHaveLength(2);
    });

    it('is renewed a few times in a row and then every five seconds, as no API gets better by that', async () => {
      const { get, insteadOf, logs } = await started();
      const refuseAll = async (times: number) => {
        for (let call = 0; call < times; call++) await insteadOf(await get());
      };
      await get();
      await refuseAll(100);
      expect(server.requests).toHaveLength(6);
      clock.advance({ seconds: 5 });
      await refuseAll(100);
      expect(server.requests).toHaveLength(7);
      expect(logs.ours.filter((line) => line.includes('token_rejected_again'))).toHaveLength(1);
    });

    it('is the same again where the server gives out the same', async () => {
      server.respond = tokenEndpoint({ access_token: 'same' });
      const { get, insteadOf } = await started();
      expect((await insteadOf(await get())).accessToken).toBe('same');
      expect(server.requests).toHaveLength(2);
    });

    it('is got anew where it has ended meanwhile', async () => {
      const { get, insteadOf } = await started();
      const old = await get();
      clock.advance({ minutes: 61 });
      expect((await insteadOf(old)).accessToken).toBe('token-2');
    });
  });

  describe('because scopes were not granted', () => {
    beforeEach(() => {
      server.respond = tokenEndpoint({ scope: 'read' });
    });

    it('is handed out with one warning', async () => {
      const { get, logs } = await started();
      for (let call = 0; call < 10; call++) {
        expect((await get()).missingScopes).toEqual(['write']);
      }
      expect(logs.ours).toEqual([
        expect.stringMatching(
          /^warn .*token_scope_narrower: Client 'orders' asked for write and did not get it\./,
        ) as string,
      ]);
    });

    it('is an error on demand, without a request for each call', async () => {
      const { get } = await started({ onNarrowerScope: 'error' });
      for (let call = 0; call < 10; call++) {
        expect(await rejection(get())).toMatchObject({
          name: 'ScopeNotGrantedError',
          code: 'scope_not_granted',
          client: 'orders',
          missingScopes: ['write'],
        });
      }
      expect(server.requests).toHaveLength(1);
    });

    it('is nothing to talk about on demand', async () => {
      const { get, logs } = await started({ onNarrowerScope: 'ignore' });
      await get();
      expect(logs.ours).toEqual([]);
    });

    it.each<[string, unknown, string]>([
      ['says nothing of scopes', undefined, 'read write'],
      ['grants more', 'write admin read', 'read write'],
      ['names in another way what .default stands for', 'api://x/read', 'api://x/.default'],
    ])('has nothing missing where the server %s', async (_case, granted, scope) => {
      server.respond = tokenEndpoint({ scope: granted });
      const { get, logs } = await started({
        clients: { orders: { baseURL: 'https://orders.example', scope } },
      });
      expect((await get()).missingScopes).toEqual([]);
      expect(logs.ours).toEqual([]);
    });
  });
});
