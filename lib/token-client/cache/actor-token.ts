import { kindOfError } from '../../common/kind-of-error.js';
import { inTime } from './in-time.js';
import { InvalidTokenOptionsError } from '../calls/call.errors.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import { NoTokenError } from '../../authorization-server/errors.js';

const OPTION = 'exchange.actorToken';

/**
 * The token of whoever acts for the subject of an exchange, if there is to be one. Without it, the new token would say that
 * nobody acts for the user.
 *
 * @throws {InvalidTokenOptionsError} where there is to be one, and it does not come
 * @throws {NoTokenError} of another client that was asked for it
 */
export async function actorTokenOf(client: ResolvedClient): Promise<string | undefined> {
  const { actorToken } = client.exchange;
  if (!actorToken) return undefined;
  const given: unknown = await inTime(client, OPTION, () => actorToken()).catch((error: unknown) =>
    fail(client, error),
  );
  if (typeof given === 'string' && given !== '') return given;
  throw new InvalidTokenOptionsError(client.name, [`${OPTION}: gave no token.`]);
}

/** Says of what it threw only what holds no secret. */
function fail({ name }: ResolvedClient, error: unknown): never {
  if (error instanceof NoTokenError) throw error;
  throw new InvalidTokenOptionsError(name, [`${OPTION}: threw ${kindOfError(error)}.`]);
}
