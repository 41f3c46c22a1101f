import { abortable } from './abortable.js';

/** The time for some work is over. The message goes on a sentence that begins with what was to answer. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * Waits for work of the application for a limited time. It goes on in the context that it was called in.
 *
 * @param signal ends the waiting earlier
 * @throws {TimeoutError}
 */
export async function withTimeout<T>(
  timeoutMs: number,
  work: (signal: AbortSignal) => T | Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new TimeoutError(`gave no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const either = signal ? AbortSignal.any([signal, controller.signal]) : controller.signal;
  try {
    return await abortable(Promise.resolve(work(either)), either);
  } finally {
    clearTimeout(timer);
  }
}
