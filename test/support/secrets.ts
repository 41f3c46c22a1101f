import { inspect } from 'node:util';
import { noteShown } from './leak-watch.js';

/** Everything that a logger, a debugger or an error reporter could get out of a value. */
export function everyFormOf(value: unknown): string {
  const forms = [
    inspect(value, { depth: null, showHidden: true, maxArrayLength: null, maxStringLength: null }),
    text(value),
    json(value),
  ];
  for (let error = value; error instanceof Error; error = error.cause) {
    forms.push(error.message, error.stack ?? '', json(Object.entries(error)));
  }
  return forms.join('\n');
}

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

function text(value: unknown): string {
  try {
    return String(value);
  } catch {
    return '';
  }
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
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
