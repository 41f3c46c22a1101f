import { abortable } from '../../common/abortable.js';
import { isThenable } from '../../common/thenable.js';
import { TimeoutError } from '../../common/with-timeout.js';
import { KeysUnavailableError } from '../errors.js';

const ANSWER_TIMEOUT_MS = 10_000;
const RETRY_AFTER_SECONDS = 5;

/**
 * The time that functions of the application have to decide about access: for all that one request has to wait for, its
 * policies, computed scopes and predicates together. It begins with the first answer that is not there at once, so
 * that those which are need no timer.
 */
export class AnswerTime {
  private end: AbortController | undefined;
  private timer: NodeJS.Timeout | undefined;

  /**
   * To be awaited.
   *
   * @throws {KeysUnavailableError} 503, when the answer does not come in time
   */
  wait<T>(answer: T | PromiseLike<T>): T | Promise<T> {
    return isThenable(answer) ? this.inTime(answer) : answer;
  }

  /** Nothing is waited for any more. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private async inTime<T>(answer: PromiseLike<T>): Promise<T> {
    const { signal } = (this.end ??= this.begin());
    try {
      return await abortable(Promise.resolve(answer), signal);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      throw new KeysUnavailableError(
        RETRY_AFTER_SECONDS,
        `a policy, computed scopes or a claim predicate ${error.message}`,
      );
    }
  }

  private begin(): AbortController {
    const end = new AbortController();
    this.timer = setTimeout(
      () => end.abort(new TimeoutError(`gave no answer within ${ANSWER_TIMEOUT_MS} ms`)),
      ANSWER_TIMEOUT_MS,
    );
    return end;
  }
}

/** Does work that waits for functions of the application, with one time for all of them. */
export async function withAnswerTime<T>(work: (time: AnswerTime) => Promise<T>): Promise<T> {
  const time = new AnswerTime();
  try {
    return await work(time);
  } finally {
    time.stop();
  }
}
