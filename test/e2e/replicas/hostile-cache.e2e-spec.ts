import { ReplicaStage } from '../../support/replica-stage.js';
import { codesOf } from '../../support/replicas.js';

const DAY_MS = 24 * 60 * 60 * 1000;

type Entry = Record<string, unknown>;

describe('what stands in a cache to which somebody else can write', () => {
  const stage = new ReplicaStage({
    clients: (baseURL) => ({ orders: { baseURL, scope: 'orders.read' } }),
  });
  const { start, published } = stage;

  /** Puts something in the place of the token that a replica has got. */
  async function tampered(tamper: (row: string) => unknown, more: object = {}): Promise<void> {
    await (await start(more)).get();
    await published();
    const { rows, tokens } = stage.store;
    const [name = ''] = tokens;
    rows.set(name, JSON.stringify(tamper(JSON.parse(rows.get(name) ?? ''))));
  }

  it.each<[string, (row: string) => unknown]>([
    ['plain text', () => 'token-evil'],
    ['what was not encrypted', () => 'v0.{"accessToken":"token-evil"}'],
    ['another version', (row) => row.replace('v1.', 'v2.')],
    ['half of it', (row) => row.slice(0, row.length / 2)],
    ['a bit of it changed', (row) => row.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
    ['more than there can be', (row) => row + 'A'.repeat(2_000_000)],
    ['an empty text', () => ''],
    ['a number', () => 7],
    ['an object', () => ({ split: 'v1', length: 1 })],
    ['a list', (row) => [row]],
  ])('counts as missing where it is %s, and one warning says so', async (_what, tamper) => {
    await tampered(tamper);
    const two = await start();
    expect(await two.get()).toBe('token-2');
    expect(stage.server.requests).toHaveLength(2);
    expect(codesOf(two.clients)).toEqual(['token_cache_unreadable']);
    // What was asked for instead takes its place.
    await published(2);
    expect(await (await start()).get()).toBe('token-2');
  });

  it('counts as missing where it is the token of another client', async () => {
    const clients = {
      orders: { baseURL: 'https://orders.example.com', scope: 'orders.read' },
      admin: { baseURL: 'https://admin.example.com', scope: 'admin' },
    };
    const one = await start({ clients });
    await one.getFor('admin');
    await published();
    const { rows } = stage.store;
    const admin = rows.get(stage.store.tokens[0] ?? '') ?? '';
    await one.get();
    await published(2);
    for (const name of stage.store.tokens) rows.set(name, admin);
    expect(await (await start({ clients })).get()).toBe('token-3');
  });

  describe('and is not encrypted', () => {
    const plain = { encryptionKeys: 'none' } as const;
    const changed = (change: (entry: Entry) => unknown) =>
      tampered((row) => {
        const [place = '', entry = ''] = row.split(/(?<=^v0\.\S+ )/);
        return place + JSON.stringify(change(JSON.parse(entry)));
      }, plain);

    it.each<[string, (entry: Entry) => unknown]>([
      ['no object', () => 'token-evil'],
      ['nothing', () => null],
      ['a list', (entry) => [entry]],
      ['an empty object', () => ({})],
      ['without a token', (entry) => ({ ...entry, accessToken: undefined })],
      ['with a token of two lines', (entry) => ({ ...entry, accessToken: 'a\r\nx-evil: 1' })],
      ['with an empty token', (entry) => ({ ...entry, accessToken: '' })],
      ['with a token of 40 kB', (entry) => ({ ...entry, accessToken: 'a'.repeat(40_000) })],
      ['with a token that is a list', (entry) => ({ ...entry, accessToken: ['a'] })],
      ['of another type', (entry) => ({ ...entry, tokenType: 'MAC' })],
      ['without an end', (entry) => ({ ...entry, expiresAt: Number.NaN })],
      ['with an end that is a text', (entry) => ({ ...entry, expiresAt: '9999999999999' })],
      ['with a scope of two lines', (entry) => ({ ...entry, scopes: ['a\nwarn evil'] })],
      ['with scopes as one text', (entry) => ({ ...entry, scopes: 'orders.read' })],
    ])('counts as missing where it is %s, and one warning says so', async (_what, change) => {
      await changed(change);
      const two = await start(plain);
      expect(await two.get()).toBe('token-2');
      expect(stage.server.requests).toHaveLength(2);
      expect(codesOf(two.clients)).toEqual(['token_cache_unreadable']);
    });

    it.each<[string, (entry: Entry) => unknown]>([
      ['bound to a key', (entry) => ({ ...entry, tokenType: 'DPoP' })],
      ['bound to a certificate', (entry) => ({ ...entry, certificate: 'x' })],
      ['got with another secret', (entry) => ({ ...entry, proof: 'x' })],
      ['over', (entry) => ({ ...entry, expiresAt: 0 })],
      ['over before it begins', (entry) => ({ ...entry, requestedAt: 9e15 })],
    ])('is not used where it is %s', async (_what, change) => {
      await changed(change);
      const two = await start(plain);
      expect(await two.get()).toBe('token-2');
      expect(codesOf(two.clients)).toEqual([]);
    });

    it.each<[string, Entry]>([
      ['in a million years', { expiresAt: 3e16 }],
      ['in a million years, from long ago', { requestedAt: -3e16, expiresAt: 3e16 }],
      ['as far as numbers go', { expiresAt: 1e308, requestedAt: -1e308 }],
    ])('is used for a day at most, where it says that it ends %s', async (_when, times) => {
      await changed((entry) => ({ ...entry, ...times }));
      const two = await start(plain);
      const { accessToken, expiresAt } = await two.tokens.getToken('orders');
      expect(accessToken).toBe('token-1');
      expect(expiresAt.getTime()).toBe(stage.clock.now() + DAY_MS);
      stage.clock.advance({ minutes: 24 * 60 });
      expect(await two.get()).toBe('token-2');
    });

    it('says nothing of its own in the log', async () => {
      await changed((entry) => ({ ...entry, requestedScopes: ['\nwarn evil'], scopes: ['a'] }));
      const two = await start(plain);
      expect((await two.tokens.getToken('orders')).missingScopes).toEqual(['orders.read']);
      expect(two.clients.logs.lines.join('\n')).not.toContain('evil');
    });
  });
});
