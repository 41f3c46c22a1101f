import { TimeoutError } from './with-timeout.js';
import { abortable } from './abortable.js';

const SLICES = 5;

/**
 * Waits for an answer for a limited time, of which only the time counts in which this process could listen: after a long
 * step of its own, an answer that has come meanwhile is not late.
 *
 * @throws {TimeoutError}
 */
export async function withActiveTimeout<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let left = SLICES;
  const wait = (): NodeJS.Timeout => setTimeout(pass, limitMs / SLICES);
  const pass = (): void => {
    left -= 1;
    if (left > 0) timer = wait();
    else controller.abort(new TimeoutError(`gave no answer within ${limitMs} ms`));
  };
  let timer = wait();
  try {
    return await abortable(work(), controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
