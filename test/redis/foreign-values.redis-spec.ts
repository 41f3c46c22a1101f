import { createClient } from 'redis';
import { CountingTokenEndpoint } from './support/counting-token-endpoint.js';
import { RedisServer } from './support/redis-server.js';
import { ReplicaProcess } from './support/replica-process.js';
import { clientsOf, keyOf, replicas } from './support/settings.js';

const FORGED = { accessToken: 'forged', tokenType: 'Bearer', requestedAt: 1, expiresAt: 9e12 };

/** What becomes of a value that is `sealed`, while that of another key is `other`. Written as it is. */
const FAULTS: Readonly<Record<string, (sealed: string, other: string) => string>> = {
  truncated: (sealed) => JSON.stringify(sealed.slice(0, -20)),
  'cut to nothing': () => '""',
  changed: (sealed) => JSON.stringify(sealed.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))),
  'of another key': (_sealed, other) => JSON.stringify(other),
  'of another version': (sealed) => JSON.stringify(sealed.replace(/^v1\./, 'v2.')),
  'not encrypted': () => JSON.stringify(`v0.${JSON.stringify(FORGED)}`),
  'the object of somebody else': () => JSON.stringify(FORGED),
  'a number': () => '42',
  'not JSON': () => 'O:8:"stdClass"',
};
const NAMES = Object.keys(FAULTS);
/** The one that nobody touches. */
const UNTOUCHED = 'untouched';

describe('Values in Redis that a replica cannot read', () => {
  let redis: RedisServer;
  let endpoint: CountingTokenEndpoint;
  let observer: ReturnType<typeof createClient>;

  beforeEach(async () => {
    redis = await RedisServer.start();
    endpoint = await CountingTokenEndpoint.start();
    observer = createClient({ url: redis.url });
    await observer.connect();
  });
  afterEach(async () => {
    await ReplicaProcess.stopAll();
    observer.destroy();
    await endpoint.stop();
    await redis.stop();
  });

  async function start(names: readonly string[], ...keys: readonly string[]) {
    const tokenEndpoint = endpoint.url;
    const encryptionKeys = keys.map(keyOf);
    const options = { tokenEndpoint, encryptionKeys, clients: clientsOf(names) };
    const [replica] = await ReplicaProcess.start(...replicas(1, redis.url, options));
    if (!replica) throw new Error('None was started');
    /** The tokens that all clients got, in a new process; how many token requests they took; what it said. */
    const getAll = async () => {
      const before = endpoint.count;
      const { failures, servedAt } = await replica.tell('call', { clients: names, times: 1 });
      expect(failures).toEqual({});
      const codes = (await replica.tell('lines')).map((line) => line.split(':')[0]);
      return { tokens: Object.keys(servedAt).toSorted(), asked: endpoint.count - before, codes };
    };
    return { replica, getAll };
  }

  const tokenKeys = async () => (await observer.keys('nestjs-access-tokens:token:*')).toSorted();
  const unreadable = ['warn token_cache_unreadable'];

  test('are missing, whatever they are; it is said once, and they are replaced', async () => {
    const clients = [...NAMES.map((_name, index) => `client-${index}`), UNTOUCHED];
    const first = await (await start(clients, 'one')).getAll();
    expect(first).toMatchObject({ asked: clients.length, codes: [] });
    const keys = await tokenKeys();
    const sealed: string[] = [];
    for (const key of keys) sealed.push(JSON.parse((await observer.get(key)) ?? ''));
    for (const [index, fault] of Object.values(FAULTS).entries()) {
      const text = fault(sealed[index] ?? '', sealed.at(-1) ?? '');
      await observer.set(keys[index] ?? '', text, { PX: 60_000 });
    }
    const second = await (await start(clients, 'one')).getAll();
    expect(second).toMatchObject({ asked: NAMES.length, codes: unreadable });
    expect(second.tokens).not.toContain(FORGED.accessToken);
    const third = await (await start(clients, 'one')).getAll();
    expect(third).toEqual({ tokens: second.tokens, asked: 0, codes: [] });
  });

  test('with a new key in front, what the old one encrypted is read; without the old one it is missing', async () => {
    const clients = ['api', 'other'];
    const before = await (await start(clients, 'one')).getAll();
    const rotated = await (await start(clients, 'two', 'one')).getAll();
    expect(rotated).toEqual({ tokens: before.tokens, asked: 0, codes: [] });
    const wrong = await (await start(clients, 'two')).getAll();
    expect(wrong).toMatchObject({ asked: 2, codes: unreadable });
  });

  test('a version of invalidations that makes no sense is one warning, and no failed call', async () => {
    const { replica, getAll } = await start(['api'], 'one');
    await getAll();
    await replica.tell('invalidate', 'api');
    const [key = ''] = await observer.keys('nestjs-access-tokens:version:*');

    await observer.set(key, '"v1.nonsense"');
    expect(await (await start(['api'], 'one')).getAll()).toMatchObject({
      codes: unreadable,
    });
  });
});
