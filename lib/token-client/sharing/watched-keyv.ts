import { AsyncLocalStorage } from 'node:async_hooks';
import type { KeyvLike } from './keyv-like.js';

/** A call of ours. What goes wrong in it is told to all listeners, in its own context. */
interface Call {
  failed: boolean;
  over: boolean;
}

/** A backend of Keyv that cannot fail in silence. Some adapters throw nothing, and only tell that something went wrong. */
export class WatchedKeyv {
  readonly #keyv: KeyvLike;
  #errors = 0;
  readonly #calls = new AsyncLocalStorage<Call>();
  readonly #listen = (): void => {
    const call = this.#calls.getStore();
    // A connection may have been made by a call that is long over, and tells of its errors in the context of that.
    if (call && !call.over) call.failed = true;
    else this.#errors += 1;
  };

  /** Switches on `throwOnErrors` of the instance: what it cannot read is not what is not there. */
  constructor(keyv: KeyvLike) {
    this.#keyv = keyv;
    if ('throwOnErrors' in keyv) keyv.throwOnErrors = true;
    // One for all: a listener for each call would look like a leak where there are many at once.
    keyv.on?.('error', this.#listen);
  }

  /** What it answers to a call; throws where it told of an error meanwhile, unless that is one of another call. */
  async ask<T>(work: (keyv: KeyvLike) => Promise<T>): Promise<T> {
    const before = this.#errors;
    const call = { failed: false, over: false };
    try {
      const answer = await this.#calls.run(call, () => work(this.#keyv));
      if (call.failed || this.#errors > before) throw new Error('The backend of Keyv failed');
      return answer;
    } finally {
      call.over = true;
    }
  }

  /** Listens no more. */
  close(): void {
    this.#keyv.off?.('error', this.#listen);
  }
}
