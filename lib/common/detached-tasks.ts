import { AsyncResource } from 'node:async_hooks';
import { abortable } from './abortable.js';

const THE_END = 'the application ends';

/** Why work was given up. */
export class TaskAborted extends Error {
  override readonly name = 'TaskAborted';
}

/**
 * Runs work that many callers wait for and that belongs to none of them: it has its own time limit,
 * no caller's signal reaches it, and it does not see the AsyncLocalStorage of whoever came first.
 */
export class DetachedTasks {
  readonly #running = new Set<AbortController>();
  readonly #outside = new AsyncResource('DetachedTasks');
  #over = false;

  /** @throws {TaskAborted} when the time is over, or with {@link end}; whatever the work does about the signal */
  async run<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#over) throw new TaskAborted(THE_END);
    const controller = new AbortController();
    const { signal } = controller;
    const timer = setTimeout(
      () => controller.abort(new TaskAborted(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    this.#running.add(controller);
    try {
      return await abortable(
        this.#outside.runInAsyncScope(() => work(signal)),
        signal,
      );
    } finally {
      clearTimeout(timer);
      this.#running.delete(controller);
    }
  }

  /** Gives up everything under way, and begins nothing any more. */
  end(): void {
    this.#over = true;
    for (const controller of this.#running) controller.abort(new TaskAborted(THE_END));
  }
}
