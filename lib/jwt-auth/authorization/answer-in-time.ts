import { TimeoutError, withTimeout } from '../../common/with-timeout.js';
import { KeysUnavailableError } from '../errors.js';

/** For all that one request has to wait for: its policies, computed scopes and predicates together. */
export const ANSWER_TIMEOUT_MS = 10_000;
const RETRY_AFTER_SECONDS = 5;

/**
 * Waits for functions of the application that decide about access, for a limited time. Only for what comes later: what
 * is there at once needs no timer.
 *
 * @throws {KeysUnavailableError} 503, when it cannot be known in time
 */
export async function answerInTime<T>(answer: PromiseLike<T>): Promise<T> {
  try {
    return await withTimeout(ANSWER_TIMEOUT_MS, async () => answer);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    throw new KeysUnavailableError(
      RETRY_AFTER_SECONDS,
      `a policy, computed scopes or a claim predicate ${error.message}`,
    );
  }
}
