import { LogThrottle } from '../../lib/common/log-throttle.js';
import { TestClock } from '../support/clock.js';

describe('LogThrottle', () => {
  let clock: TestClock;

  beforeEach(() => {
    clock = new TestClock();
  });

  it('tells a subject at once, and then once an interval, with how often it came meanwhile', () => {
    const throttle = new LogThrottle(clock);
    const say = () => throttle.line('down', () => 'It is down');
    expect(say()).toBe('It is down');
    for (let i = 0; i < 37; i += 1) expect(say()).toBeUndefined();
    clock.advance({ seconds: 59 });
    expect(say()).toBeUndefined();
    clock.advance({ seconds: 1 });
    expect(say()).toBe('It is down (38 more in the last 60 s)');
    clock.advance({ minutes: 2 });
    expect(say()).toBe('It is down');
  });

  it('makes no text that is not told', () => {
    const throttle = new LogThrottle(clock);
    const text = jest.fn(() => 'It is down');
    for (let i = 0; i < 10; i += 1) throttle.line('down', text);
    expect(text).toHaveBeenCalledTimes(1);
  });

  it('keeps subjects apart', () => {
    const throttle = new LogThrottle(clock);
    expect(throttle.line('a', () => 'A')).toBe('A');
    expect(throttle.line('b', () => 'B')).toBe('B');
    expect(throttle.line('a', () => 'A')).toBeUndefined();
  });

  it('tells so many subjects an interval and no more, and counts the rest', () => {
    const throttle = new LogThrottle(clock, 1_000, 3);
    const lines = Array.from({ length: 1_000 }, (_, i) => throttle.line(`${i}`, () => `${i}`));
    expect(lines.filter(Boolean)).toEqual(['0', '1', '2']);
    clock.advance({ seconds: 1 });
    expect(throttle.line('new', () => 'new')).toBe('new (997 of other kinds were not told)');
    expect(throttle.line('1', () => '1')).toBe('1');
  });

  it('counts what was not told of subjects that it has forgotten', () => {
    const throttle = new LogThrottle(clock, 1_000, 1);
    throttle.line('a', () => 'a');
    throttle.line('a', () => 'a');
    clock.advance({ seconds: 1 });
    expect(throttle.line('b', () => 'b')).toBe('b (1 of other kinds were not told)');
  });

  it('is not silenced by a clock that is set back', () => {
    const throttle = new LogThrottle(clock);
    throttle.line('down', () => 'down');
    clock.advance({ minutes: -60 });
    expect(throttle.line('down', () => 'down')).toBe('down');
  });
});
