import { TimeoutError, withTimeout } from '../../common/with-timeout.js';
import { InvalidTokenOptionsError } from '../calls/call.errors.js';
import type { ResolvedClient } from '../options/resolved-client.js';

/**
 * Waits for what a function of the options gives, for as long as a client waits for anything.
 *
 * @throws {InvalidTokenOptionsError} where the function takes too long
 */
export async function inTime<T>(
  { name, timeoutMs }: Pick<ResolvedClient, 'name' | 'timeoutMs'>,
  option: string,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await withTimeout(timeoutMs, work);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    throw new InvalidTokenOptionsError(name, [`${option}: ${error.message}.`]);
  }
}
