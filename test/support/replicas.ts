import { randomBytes } from 'node:crypto';
import type { TokenClients } from './token-clients.js';
import { until } from './until.js';

/** A new key for `encryptionKeys`. */
export const newKey = (): string => randomBytes(32).toString('base64');

/**
 * The codes of what replicas have logged, in order. All of them, as Nest has one logger for a whole process: whoever
 * started last hears what any of them says.
 */
export function codesOf(...replicas: Pick<TokenClients, 'logs'>[]): string[] {
  return replicas
    .flatMap(({ logs }) => logs.ours)
    .flatMap((line) => /^(?:warn|log|error) \[\w+\] ([a-z_]+):/.exec(line)?.[1] ?? []);
}

/** Calls until a call gets this token, as after something that replicas learn of by and by. */
export async function untilGets(get: () => Promise<string>, token: string): Promise<void> {
  let last: string | undefined;
  let failure: unknown;
  await until(() => {
    get().then(
      (got) => (last = got),
      (error: unknown) => (failure = error),
    );
    return last === token || failure !== undefined;
  });
  if (failure !== undefined) throw failure;
}
