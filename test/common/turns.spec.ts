import { TooBusyError, Turns } from '../../lib/common/turns.js';

const never = (): Promise<void> => new Promise(() => undefined);

describe('Turns', () => {
  it('lets so much go on at once and no more, and nobody is forgotten', async () => {
    const turns = new Turns(3, 10_000);
    let [running, most] = [0, 0];
    const work = async (i: number): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      if (i % 5 === 0) throw new Error(`${i}`);
      return i;
    };
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) => turns.run(() => work(i))),
    );
    expect(most).toBe(3);
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(40);
    await expect(turns.run(async () => 'free')).resolves.toBe('free');
  });

  it('turns away whose turn does not come in time, and keeps no place for them', async () => {
    const turns = new Turns(1, 5);
    let letGo = (): void => {};
    const first = turns.run(() => new Promise<void>((resolve) => (letGo = resolve)));
    await expect(turns.run(never)).rejects.toThrow(TooBusyError);
    letGo();
    await first;
    await expect(turns.run(async () => 'free')).resolves.toBe('free');
  });
});
