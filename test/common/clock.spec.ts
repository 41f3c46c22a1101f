import { after, every, type Clock } from '../../lib/common/clock.js';

/** A clock whose timers go off when they are told to. */
class ManualClock implements Clock {
  readonly timers = new Map<() => void, number>();

  now(): number {
    return 0;
  }

  after(ms: number, work: () => void): () => void {
    this.timers.set(work, ms);
    return () => this.timers.delete(work);
  }

  goOff(): void {
    const due = [...this.timers.keys()];
    this.timers.clear();
    for (const work of due) work();
  }
}

describe('work by a clock', () => {
  let done: number;
  const work = (): void => void (done += 1);

  beforeEach(() => {
    done = 0;
  });

  it('is done once after a while, unless it is called off', () => {
    const clock = new ManualClock();
    after(clock, 100, work);
    expect([...clock.timers.values()]).toEqual([100]);
    clock.goOff();
    clock.goOff();
    expect(done).toBe(1);
    after(clock, 100, work)();
    clock.goOff();
    expect(done).toBe(1);
  });

  it('is done again and again, until that is ended, also where it fails', () => {
    const clock = new ManualClock();
    const end = every(clock, 500, () => {
      work();
      throw new Error('in vain');
    });
    for (let turn = 0; turn < 3; turn += 1) {
      expect([...clock.timers.values()]).toEqual([500]);
      expect(() => clock.goOff()).toThrow('in vain');
    }
    expect(done).toBe(3);
    end();
    clock.goOff();
    expect(done).toBe(3);
  });

  it('may end itself', () => {
    const clock = new ManualClock();
    const end = every(clock, 500, () => end());
    clock.goOff();
    expect(clock.timers.size).toBe(0);
  });

  it('goes by the timers of the machine where the clock has none', () => {
    jest.useFakeTimers({ now: 0 });
    try {
      const clock: Clock = { now: () => 0 };
      const end = every(clock, 500, work);
      const cancel = after(clock, 600, work);
      jest.advanceTimersByTime(499);
      expect(done).toBe(0);
      jest.advanceTimersByTime(1);
      expect(done).toBe(1);
      cancel();
      jest.advanceTimersByTime(600);
      expect(done).toBe(2);
      end();
      jest.advanceTimersByTime(1_000);
      expect(done).toBe(2);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });
});
