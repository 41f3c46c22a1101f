import { everyFormOf } from './every-form.js';
import { noteShown } from './leak-watch.js';

/** Fails if a secret can be found anywhere in a value. */
export function expectNoSecret(value: unknown, ...secrets: string[]): void {
  const shown = everyFormOf(value);
  for (const secret of secrets) {
    const at = shown.indexOf(secret);
    // Not with `toContain`, which would print all of it.
    if (at >= 0)
      throw new Error(`a secret is shown: …${shown.slice(Math.max(0, at - 200), at + 60)}…`);
  }
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('expected a rejection');
    },
    (error: unknown) => {
      noteShown('thrown', error);
      return error;
    },
  );
}
