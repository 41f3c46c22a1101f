import { OncePerState } from '../../lib/common/once-per-state.js';
import { TestClock } from '../support/clock.js';

describe('what is told once', () => {
  it('is told when it begins, and again after it was over', () => {
    const states = new OncePerState();
    expect([states.begins('a', 'b'), states.begins('a', 'b')]).toEqual([true, false]);
    expect(states.begins('a')).toBe(true);
    states.ended('a', 'b');
    expect(states.begins('a', 'b')).toBe(true);
  });

  it('counts as new after a time without a word', () => {
    const clock = new TestClock();
    const states = new OncePerState(clock, 1_000);
    states.begins('a');
    clock.advance({ ms: 999 });
    expect(states.begins('a')).toBe(false);
    clock.advance({ ms: 1_000 });
    expect(states.begins('a')).toBe(true);
  });

  it('does not mix up names that only look alike when they are put together', () => {
    const states = new OncePerState();
    states.begins('a,b');
    expect(states.begins('a', 'b')).toBe(true);
  });
});
