import { LostLocks } from '../../lib/replicas/redis/lost-locks.js';

type Answer = boolean | Error;

describe('LostLocks', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  /** @param answer what Redis says of a lock when it is looked for */
  function lost(answer: (owner: string) => Answer) {
    const asked: string[] = [];
    const locks = new LostLocks(async (name, owner) => {
      asked.push(`${name} of ${owner}`);
      const said = answer(owner);
      if (said instanceof Error) throw said;
      return said;
    });
    return { locks, asked };
  }
  const looks = (times: number) => jest.advanceTimersByTimeAsync(times * 200);

  it('gives a lock back once, and looks no more', async () => {
    const { locks, asked } = lost(() => true);
    locks.add('token', 'one');
    expect(asked).toEqual([]);
    await looks(10);
    expect(asked).toEqual(['token of one']);
    expect(jest.getTimerCount()).toBe(0);
    locks.add('token', 'two');
    await looks(10);
    expect(asked).toEqual(['token of one', 'token of two']);
  });

  it('looks again for a second where it is not there: what was on its way may arrive later', async () => {
    let found = false;
    const { locks, asked } = lost(() => found);
    locks.add('token', 'one');
    await looks(3);
    found = true;
    await looks(10);
    expect(asked).toHaveLength(4);
    found = false;
    locks.add('token', 'two');
    await looks(20);
    expect(asked).toHaveLength(9);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('looks for no more than a thousand at a time, also where others come while it looks', async () => {
    const { locks, asked } = lost((owner) => {
      // What is lost while Redis is asked for what was lost before.
      if (owner.startsWith('first')) locks.add('token', `later than ${owner}`);
      return false;
    });
    for (let at = 0; at < 1_000; at += 1) locks.add('token', `first ${at}`);
    await looks(1);
    expect(asked).toHaveLength(1_000);
    await looks(1);
    expect(asked).toHaveLength(2_000);
    await looks(30);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('asks a Redis that does not answer for one at a time, and for all as soon as it does', async () => {
    let there = false;
    const { locks, asked } = lost(() => there || new Error('silent'));
    for (let at = 0; at < 50; at += 1) locks.add('token', String(at));
    await looks(10);
    expect(asked).toHaveLength(10);
    // Each of them in turn: in a cluster, another server may answer.
    expect(new Set(asked).size).toBe(10);
    there = true;
    await looks(1);
    expect(asked).toHaveLength(60);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives up after a minute, and holds no more than a thousand', async () => {
    const { locks, asked } = lost(() => new Error('silent'));
    locks.add('token', 'one');
    await looks(500);
    expect(asked).toHaveLength(299);
    expect(jest.getTimerCount()).toBe(0);
    const many = lost(() => true);
    for (let at = 0; at < 1_100; at += 1) many.locks.add('token', String(at));
    await looks(2);
    expect(many.asked).toHaveLength(1_000);
    expect(many.asked[0]).toBe('token of 100');
  });
});
