import { oneLine } from './excerpt.js';

/** Codes of Node and of what is built on it, such as ECONNREFUSED. */
const CODE = /^E[A-Z0-9_]{2,40}$/;

/**
 * What kind of error was thrown, for logs and errors: its name, and its code if it has one. Never its message, which may hold
 * a connection string, a token or what else must not be seen.
 */
export function kindOfError(error: unknown): string {
  if (!(error instanceof Error)) return 'something';
  // A name can come from far away as well: clients of other services make errors out of answers.
  const kind = oneLine(String(error.name === 'Error' ? error.constructor.name : error.name), 60);
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' && CODE.test(code) ? `${kind} (${code})` : kind;
}

/** What was thrown, with its message, which is for texts that only those see who run the application. */
export function textOfError(error: unknown): string {
  if (!(error instanceof Error)) return 'something';
  // Anything can be put in their place.
  const { name, message }: { name: unknown; message: unknown } = error;
  return oneLine([name, message].filter((part) => typeof part === 'string').join(': '));
}
