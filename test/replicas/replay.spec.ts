import fc from 'fast-check';
import { AccessTokenError, MemoryReplayStore, ReplayStoreFullError } from 'nestjs-access-tokens';
import { TestClock } from '../support/clock.js';

describe('A replay store in memory', () => {
  const clock = new TestClock();

  test('of 100 callers at once, one is the first; another key is another matter', async () => {
    const store = new MemoryReplayStore();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => store.putIfAbsent('proof', 60_000)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await store.putIfAbsent('another', 60_000)).toBe(true);
  });

  test('a key is remembered to the last millisecond, and no longer', async () => {
    const store = new MemoryReplayStore({ clock });
    expect(await store.putIfAbsent('proof', 1000)).toBe(true);
    clock.advance({ ms: 999 });
    expect(await store.putIfAbsent('proof', 1000)).toBe(false);
    clock.advance({ ms: 1 });
    expect(await store.putIfAbsent('proof', 1000)).toBe(true);
    expect(await store.putIfAbsent('proof', 1000)).toBe(false);
  });

  test.each([0, -5, 0.1])('a time of %d ms is at least one', async (ttlMs) => {
    const store = new MemoryReplayStore({ clock });
    expect(await store.putIfAbsent('proof', ttlMs)).toBe(true);
    expect(await store.putIfAbsent('proof', ttlMs)).toBe(false);
  });

  test('full, it refuses what is new, forgets nothing, and has room as soon as one is over', async () => {
    const store = new MemoryReplayStore({ maxEntries: 3, clock });
    await store.putIfAbsent('long', 10_000);
    await store.putIfAbsent('short', 1000);
    await store.putIfAbsent('longer', 20_000);
    const refused = store.putIfAbsent('new', 1000);
    await expect(refused).rejects.toThrow(ReplayStoreFullError);
    await expect(refused).rejects.toThrow(
      'The replay store holds 3 entries, and none of them is over',
    );
    await expect(refused).rejects.toMatchObject({ code: 'replay_store_full', maxEntries: 3 });
    await expect(refused).rejects.toBeInstanceOf(AccessTokenError);
    for (const key of ['long', 'short', 'longer']) {
      expect(await store.putIfAbsent(key, 1000)).toBe(false);
    }
    clock.advance({ ms: 1000 });
    expect(await store.putIfAbsent('new', 1000)).toBe(true);
    await expect(store.putIfAbsent('newer', 1000)).rejects.toThrow(ReplayStoreFullError);
    expect(await store.putIfAbsent('long', 1000)).toBe(false);
  });

  test('many that are over at the same time leave room for as many', async () => {
    const store = new MemoryReplayStore({ maxEntries: 1000, clock });
    for (let round = 0; round < 5; round += 1) {
      for (let index = 0; index < 1000; index += 1) {
        expect(await store.putIfAbsent(`${round} ${index}`, 1000)).toBe(true);
      }
      await expect(store.putIfAbsent('too many', 1000)).rejects.toThrow(ReplayStoreFullError);
      clock.advance({ ms: 1000 });
    }
  });

  test('what is noted anew is not forgotten with what it was before', async () => {
    const store = new MemoryReplayStore({ clock });
    for (const key of ['a', 'b', 'c', 'd']) await store.putIfAbsent(key, 999);
    await store.putIfAbsent('again', 1000);
    clock.advance({ ms: 1000 });
    expect(await store.putIfAbsent('again', 1000)).toBe(true);
    // Each of these clears away a few of those that are over.
    for (const key of ['v', 'w', 'x']) await store.putIfAbsent(key, 1000);
    expect(await store.putIfAbsent('again', 1000)).toBe(false);
  });

  test('a clock that is set back makes nothing usable again', async () => {
    const store = new MemoryReplayStore({ clock });
    await store.putIfAbsent('proof', 1000);
    clock.advance({ ms: -5000 });
    expect(await store.putIfAbsent('proof', 1000)).toBe(false);
    clock.advance({ ms: 5000 });
  });

  test('without a number of milliseconds it cannot tell', async () => {
    const store = new MemoryReplayStore();
    await expect(store.putIfAbsent('proof', Number.NaN)).rejects.toThrow(RangeError);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d entries are none',
    (maxEntries) => {
      expect(() => new MemoryReplayStore({ maxEntries })).toThrow(RangeError);
    },
  );

  test('it does what a plain list would do, whatever comes in whatever order', async () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 12 }).map(String),
      ttlMs: fc.integer({ min: 1, max: 30 }),
      passMs: fc.integer({ min: 0, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 200 }), async (steps) => {
        const time = new TestClock();
        const store = new MemoryReplayStore({ maxEntries: 8, clock: time });
        const living = new Map<string, number>();
        for (const { key, ttlMs, passMs } of steps) {
          time.advance({ ms: passMs });
          for (const [old, untilMs] of living) if (untilMs <= time.now()) living.delete(old);
          const full = living.size >= 8 && !living.has(key);
          const answer = await store.putIfAbsent(key, ttlMs).catch(() => 'full');
          expect(answer).toBe(full ? 'full' : !living.has(key));
          if (answer === true) living.set(key, time.now() + ttlMs);
        }
      }),
    );
  });
});
