import { LRUCache } from 'lru-cache';
import { atMost } from '../../lib/common/at-most.js';

describe('at most so many entries', () => {
  it('makes room at the cost of the one least used', () => {
    const cache = new LRUCache<string, number>(atMost(2));
    cache.set('a', 1).set('b', 2);
    cache.get('a');
    cache.set('c', 3).set('c', 4);
    expect([...cache.entries()]).toEqual([
      ['c', 4],
      ['a', 1],
    ]);
  });

  it('takes no room before there are any', () => {
    const cache = new LRUCache<string, number>(atMost(1_000_000_000));
    cache.set('a', 1);
    expect(cache.size).toBe(1);
    expect(cache.max).toBe(0);
  });
});
