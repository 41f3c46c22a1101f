import { KeyedQueue } from '../../lib/common/keyed-queue.js';

function deferred() {
  let finish = (): void => undefined;
  const promise = new Promise<void>((resolve) => (finish = resolve));
  return { promise, finish };
}

describe('a queue by keys', () => {
  it('does work of one key one after the other, and of another meanwhile', async () => {
    const queue = new KeyedQueue();
    const order: string[] = [];
    const first = deferred();
    const works = [
      queue.run('alice', async () => {
        await first.promise;
        order.push('alice 1');
      }),
      queue.run('alice', async () => void order.push('alice 2')),
      queue.run('bob', async () => void order.push('bob')),
    ];
    await works[2];
    expect(order).toEqual(['bob']);
    first.finish();
    await Promise.all(works);
    expect(order).toEqual(['bob', 'alice 1', 'alice 2']);
  });

  it('goes on after work that failed, which tells only its own caller', async () => {
    const queue = new KeyedQueue();
    const failed = queue.run('alice', () => Promise.reject(new Error('no')));
    const next = queue.run('alice', () => Promise.resolve('yes'));
    await expect(failed).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
  });
});
