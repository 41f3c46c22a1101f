import { isThenable } from '../../common/thenable.js';
import { TimeoutError, withTimeout } from '../../common/with-timeout.js';
import { KeysUnavailableError } from '../errors.js';

const HOOK_TIMEOUT_MS = 10_000;
const RETRY_AFTER_SECONDS = 5;

/**
 * Asks a function among the options. What it gives at once costs no timer.
 *
 * @param failed makes the refusal of what it throws
 * @throws {KeysUnavailableError} when it gives no answer in time: whether the token is good cannot be known
 */
export async function askHook<T>(
  hook: string,
  ask: () => T | PromiseLike<T>,
  failed: (error: unknown) => Error,
): Promise<T> {
  try {
    const answer = ask();
    return isThenable(answer) ? await withTimeout(HOOK_TIMEOUT_MS, async () => answer) : answer;
  } catch (error) {
    throw error instanceof TimeoutError ? unavailable(`${hook} ${error.message}`) : failed(error);
  }
}

/** It cannot be known at the moment. */
export function unavailable(detail: string): KeysUnavailableError {
  return new KeysUnavailableError(RETRY_AFTER_SECONDS, detail);
}
