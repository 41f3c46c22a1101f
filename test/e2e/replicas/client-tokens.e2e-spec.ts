import { TokenClientHealthIndicator, type TokenRenewedEvent } from 'nestjs-access-tokens';
import { StandingClock, TestClock } from '../../support/clock.js';
import { tokenEndpoint } from '../../support/recording-server.js';
import { ReplicaStage } from '../../support/replica-stage.js';
import { codesOf } from '../../support/replicas.js';
import { rejection } from '../../support/secrets.js';
import { until } from '../../support/until.js';

describe('replicas that share the tokens of the application', () => {
  const stage = new ReplicaStage({
    Clock: StandingClock,
    clients: (baseURL) => ({ orders: { baseURL, scope: 'orders.read' } }),
  });
  const { start, published } = stage;
  const locked = () => start({ tokenLock: stage.lock });

  it('take the token that another has got, and see it encrypted only', async () => {
    const [one, two] = [await start(), await start()];
    expect(await one.get()).toBe('token-1');
    await published();
    expect(await two.get()).toBe('token-1');
    const three = await start();
    expect(await three.get()).toBe('token-1');
    expect(stage.server.requests).toHaveLength(1);
    expect([...stage.store.rows.values()].join()).not.toContain('token-1');
    expect([...stage.store.rows.keys()].join()).not.toMatch(/gateway|orders/);
    expect(codesOf(one.clients, two.clients, three.clients)).toEqual([]);
  });

  it('ask once for all calls of all replicas, where they have a lock', async () => {
    const replicas = await Promise.all([locked(), locked(), locked()]);
    const calls = replicas.flatMap(({ get }) => Array.from({ length: 50 }, () => get()));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['token-1']));
    expect(stage.server.requests).toHaveLength(1);
    await until(() => stage.lock.holders.size === 0);
  });

  it('ask once each where they have none', async () => {
    const replicas = await Promise.all([start(), start(), start()]);
    await Promise.all(replicas.flatMap(({ get }) => Array.from({ length: 50 }, () => get())));
    expect(stage.server.requests).toHaveLength(3);
  });

  it('fail as the authorization server does, each call of each replica, and keep no lock', async () => {
    stage.server.respond = () => ({ status: 400, body: { error: 'invalid_scope' } });
    const replicas = await Promise.all([locked(), locked(), locked()]);
    const calls = replicas.flatMap(({ get }) => Array.from({ length: 50 }, () => rejection(get())));
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: 'token_request_failed', oauthError: 'invalid_scope' });
    }
    expect(stage.server.requests).toHaveLength(3);
    await until(() => stage.lock.holders.size === 0);
    expect(stage.store.tokens).toEqual([]);
  });

  it.each([
    ['in the background', 3549, ['token-1', 'token-2']],
    ['in the last seconds', 3591, ['token-2', 'token-2']],
    ['after its end', 3601, ['token-2', 'token-2']],
  ])('pick up what another has renewed %s, before they ask', async (_when, seconds, seen) => {
    const [one, two] = [await locked(), await locked()];
    await one.get();
    await published();
    await two.get();
    stage.clock.advance({ seconds });
    expect(await one.get()).toBe(seen[0]);
    await until(() => stage.server.requests.length === 2 && stage.lock.holders.size === 0);
    expect(await two.get()).toBe(seen[0]);
    // Joins what goes on in the background, if anything does.
    for (let call = 0; call < 20; call++) await new Promise(setImmediate);
    expect([await one.get(), await two.get()]).toEqual(['token-2', 'token-2']);
    expect(stage.server.requests).toHaveLength(2);
  });

  it('renew at the same time with one request', async () => {
    const [one, two] = [await locked(), await locked()];
    await one.get();
    await published();
    await two.get();
    stage.clock.advance({ seconds: 3601 });
    const both = [one, two].flatMap(({ get }) => Array.from({ length: 20 }, () => get()));
    expect(new Set(await Promise.all(both))).toEqual(new Set(['token-2']));
    expect(stage.server.requests).toHaveLength(2);
  });

  it('replace a token that an API refuses once, not once each', async () => {
    const replicas = await Promise.all([locked(), locked(), locked()]);
    await replicas[0]?.get();
    await published();
    await Promise.all(replicas.map(({ get }) => get()));
    stage.api.respond = ({ headers }) =>
      headers.authorization === 'Bearer token-2'
        ? { body: { fine: true } }
        : { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };
    const calls = replicas.flatMap(({ clients }) =>
      Array.from({ length: 10 }, () => clients.axios('orders').get('/orders')),
    );
    for (const { data } of await Promise.all(calls)) expect(data).toEqual({ fine: true });
    expect(stage.server.requests).toHaveLength(2);
    expect(stage.api.authorizations.filter((one) => one === 'Bearer token-2')).toHaveLength(30);
  });

  it('ask anew where a call insists, and the others get that', async () => {
    const [one, two] = [await start(), await start()];
    await one.get();
    await published();
    expect(await two.get({ force: true })).toBe('token-2');
    await published(2);
    expect(await (await start()).get()).toBe('token-2');
    expect(stage.server.requests).toHaveLength(2);
  });

  it('share what calls ask for in particular, each under its own', async () => {
    const [one, two] = [await start(), await start()];
    const wishes = [
      { scope: 'orders.write' },
      { scope: ['orders.write', 'orders.read'] },
      { audience: 'orders' },
      { parameters: { region: 'north' } },
      { parameters: { region: 'south' } },
    ];
    const first = [];
    for (const wish of wishes) first.push(await one.get(wish));
    await published(5);
    expect(new Set(first).size).toBe(5);
    for (const [index, wish] of wishes.entries()) expect(await two.get(wish)).toBe(first[index]);
    expect(await two.get({ scope: 'orders.read orders.write' })).toBe(first[1]);
    expect(stage.server.requests).toHaveLength(5);
  });

  it('share nothing that is dead on arrival', async () => {
    stage.server.respond = tokenEndpoint({ expires_in: 0 });
    const [one, two] = [await start(), await start()];
    expect([await one.get(), await two.get()]).toEqual(['token-1', 'token-2']);
    expect(stage.store.count(/^set .*:token:/)).toBe(0);
  });

  it.each([
    ['ahead', 30],
    ['behind', -30],
  ])('get along with a clock that is 30 s %s', async (_where, seconds) => {
    stage.server.respond = tokenEndpoint({ expires_in: 300 });
    const other = new TestClock();
    other.advance({ seconds });
    const one = await start({ clock: other });
    const two = await start();
    expect(await one.get()).toBe('token-1');
    await published();
    expect(await two.get()).toBe('token-1');
    stage.clock.advance({ seconds: 210 });
    other.advance({ seconds: 210 });
    expect(await two.get()).toBe('token-1');
    // Twenty seconds before its end by the clock that is right. It is not taken for a newer one.
    stage.clock.advance({ seconds: 70 });
    other.advance({ seconds: 70 });
    await two.get();
    await until(() => stage.server.requests.length === 2);
    await published(2);
    expect([await one.get(), await two.get()]).toContain('token-2');
    expect(await two.get()).toBe('token-2');
    expect(stage.server.requests).toHaveLength(2);
  });

  it('tell hooks of what they have asked for themselves, and explain what they have either way', async () => {
    const events: TokenRenewedEvent[] = [];
    const hooks = { tokenRenewed: (event: TokenRenewedEvent) => void events.push(event) };
    const one = await start();
    await one.get();
    await published();
    const two = await start({ hooks });
    await two.get();
    expect(events).toEqual([]);
    expect(await two.tokens.explain('orders')).toMatchObject({
      reason: 'The next call carries the token at hand, which is fresh.',
    });
    const health = await two.clients.app.get(TokenClientHealthIndicator).check('tokens');
    expect(health).toMatchObject({ tokens: { status: 'up' } });
    await two.get({ force: true });
    expect(events).toMatchObject([{ client: 'orders', first: false }]);
  });
});
