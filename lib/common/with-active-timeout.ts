import { TimeIsUp } from './with-timeout.js';
import { untilAborted } from './abortable.js';

const SLICES = 5;

/**
 * Waits for an answer for a limited time, of which only the time counts in which this process could listen: after a long
 * step of its own, an answer that has come meanwhile is not late.
 *
 * @throws {TimeIsUp}
 */
export async function withinAwakeTime<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let left = SLICES;
  const wait = (): NodeJS.Timeout => setTimeout(pass, limitMs / SLICES);
  const pass = (): void => {
    left -= 1;
    if (left > 0) timer = wait();
    else controller.abort(new TimeIsUp(`gave no answer within ${limitMs} ms`));
  };
  let timer = wait();
  try {
    return await untilAborted(work(), controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
