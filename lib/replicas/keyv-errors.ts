import { isJsonObject } from '../common/json.js';
import type { KeyvLike } from './keyv-like.js';

/** A backend of Keyv that cannot fail in silence. Some adapters throw nothing, and only tell that something went wrong. */
export class KeyvWithErrors {
  readonly #keyv: KeyvLike;
  /** Whether the adapter can be told to throw what went wrong in a call: then it is known which call that was. */
  readonly #throws: boolean;
  #errors = 0;
  readonly #listen = () => (this.#errors += 1);

  /** Switches on `throwOnErrors` of the instance and its adapter: what it cannot read is not what is not there. */
  constructor(keyv: KeyvLike) {
    this.#keyv = keyv;
    if ('throwOnErrors' in keyv) keyv.throwOnErrors = true;
    const adapter: unknown = Reflect.get(keyv, 'store');
    this.#throws = isJsonObject(adapter) && 'throwOnErrors' in adapter;
    if (this.#throws) Reflect.set(Object(adapter), 'throwOnErrors', true);
    // One for all: a listener for each call would look like a leak where there are many at once.
    keyv.on?.('error', this.#listen);
  }

  /** What it answers to a call; throws where it told of an error meanwhile, be it that of another call. */
  async ask<T>(work: (keyv: KeyvLike) => Promise<T>): Promise<T> {
    const before = this.#errors;
    const answer = await work(this.#keyv);
    if (!this.#throws && this.#errors > before) throw new Error('The backend of Keyv failed');
    return answer;
  }

  /** Listens no more. */
  close(): void {
    this.#keyv.off?.('error', this.#listen);
  }
}
