import { oneLine } from './excerpt.js';

const MAX_NAME_LENGTH = 60;
/** Codes of Node and of what is built on it, such as ECONNREFUSED. */
const CODE = /^E[A-Z0-9_]{2,40}$/;

/**
 * What kind of error was thrown, for logs and errors: its name, and its code if it has one. Never its message, which may hold
 * a connection string, a token or what else must not be seen.
 */
export function kindOfError(error: unknown): string {
  if (!(error instanceof Error)) return 'something';
  const kind = nameOfError(error);
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' && CODE.test(code) ? `${kind} (${code})` : kind;
}

/** The name of an error, or of its class. It can come from far away: clients of other services make errors out of answers. */
export function nameOfError(error: Error): string {
  const name: unknown = error.name === 'Error' ? error.constructor.name : error.name;
  return oneLine(String(name), MAX_NAME_LENGTH);
}

/** What was thrown, with its message, which is for texts that only those see who run the application. */
export function textOfError(error: unknown): string {
  if (!(error instanceof Error)) return 'something';
  // Anything can be put in their place.
  const { name, message }: { name: unknown; message: unknown } = error;
  return oneLine([name, message].filter((part) => typeof part === 'string').join(': '));
}
