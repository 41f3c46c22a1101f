import { BatchedReads } from '../../lib/replicas/batched-reads.js';

describe('reads of many who wait', () => {
  const asked: (readonly string[])[] = [];

  beforeEach(() => {
    asked.length = 0;
  });

  const valueOf = (name: string) => (name.endsWith('0') ? `value of ${name}` : undefined);
  const reads = () =>
    new BatchedReads((names) => {
      asked.push(names);
      return Promise.resolve(names.map(valueOf));
    });

  it('are one read, in which everybody finds its own', async () => {
    const all = reads();
    const names = Array.from({ length: 60 }, (_, index) => `n${index}`);
    const found = await Promise.all([...names, ...names].map((name) => all.read(name)));
    expect(found).toEqual([...names, ...names].map(valueOf));
    expect(asked).toEqual([names]);
  });

  it('are several where they are very many', async () => {
    const all = reads();
    const names = Array.from({ length: 250 }, (_, index) => `n${index}`);
    expect(await Promise.all(names.map((name) => all.read(name)))).toEqual(names.map(valueOf));
    expect(asked.map(({ length }) => length)).toEqual([100, 100, 50]);
  });

  it('are asked anew each time', async () => {
    const all = reads();
    await all.read('n1');
    await all.read('n1');
    expect(asked).toEqual([['n1'], ['n1']]);
  });

  it('find nothing where there is no answer, or none that can be read', async () => {
    const silent = new BatchedReads(() => Promise.resolve(undefined));
    expect(await silent.read('n0')).toBeUndefined();
    const unreadable = new BatchedReads(() => Promise.resolve([null]));
    expect(await unreadable.read('n0')).toBeUndefined();
  });
});
