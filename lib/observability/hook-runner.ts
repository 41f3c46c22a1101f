import { kindOfError } from '../common/kind-of-error.js';
import { DetachedTasks, TaskAborted } from '../common/detached-tasks.js';
import type { TokenHooks } from './token-hooks.js';
import { OncePerState } from '../common/once-per-state.js';

const TIMEOUT_MS = 10_000;

/** Runs the hooks of the application, so that nothing they do can harm a token. */
export class HookRunner {
  readonly #warn: (line: string) => void;
  // They belong to no caller: the AsyncLocalStorage of whoever came first must not reach them.
  readonly #work = new DetachedTasks();
  readonly #failing = new OncePerState();
  #ended = false;

  constructor(warn: (line: string) => void) {
    this.#warn = warn;
  }

  /** Waits for a hook, but not for ever. */
  async run(
    name: keyof TokenHooks,
    client: string,
    hook: () => void | Promise<void>,
  ): Promise<void> {
    if (this.#ended) return;
    try {
      await this.#work.run(TIMEOUT_MS, async () => hook());
      this.#failing.ended(name);
    } catch (error) {
      // Once, until it works again: where there is no token, every call leads to a request and so to a hook.
      if (this.#failing.begins(name)) this.#warn(lineFor(name, client, error));
    }
  }

  /** Waits for none any longer, and runs no more. */
  end(): void {
    this.#ended = true;
    this.#work.end();
  }
}

/** Not what it threw, which may hold what must not be seen. */
function lineFor(hook: string, client: string, error: unknown): string {
  const what =
    error instanceof TaskAborted ? `gave ${error.message}` : `threw ${kindOfError(error)}`;
  return `hook_failed: Client '${client}': hooks.${hook} ${what}. The token is not affected.`;
}
