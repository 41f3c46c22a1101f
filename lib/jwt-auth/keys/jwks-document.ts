import { JwksClient } from 'jwks-rsa';
import {
  BackchannelError,
  type BackchannelFetch,
} from '../../authorization-server/http/backchannel.js';
import { shownUrl } from '../../common/secure-url.js';
import { parseJsonObject } from '../../common/json.js';
import type { LoadedKeys } from './key-set.js';
import { VerificationKey } from './verification-key.js';

/** Large servers publish hundreds; what bounds the work is the size of the document. */
const MAX_KEYS = 1_000;

/** The key set has moved: what the metadata said of its place is no longer true. */
export class KeySetMovedError extends BackchannelError {}

/**
 * Fetches a key set through jwks-rsa. Its own cache and rate limit stay off: they know one key each, and lock
 * good tokens out with the bad.
 *
 * @throws {BackchannelError}
 */
export async function fetchKeySet(url: string, fetch: BackchannelFetch): Promise<LoadedKeys> {
  const shown = shownUrl(url);
  let maxAgeMs: number | undefined;
  const fetcher = async (uri: string): Promise<{ keys: unknown }> => {
    const response = await fetch(uri, {
      headers: { accept: 'application/jwk-set+json, application/json' },
    });
    const { status, headers } = response;
    if (status === 404 || status === 410) throw new KeySetMovedError(`${shown} answered ${status}`);
    if (status !== 200) throw new BackchannelError(`${shown} answered ${status}`);
    maxAgeMs = maxAgeOf(headers.get('cache-control'));
    const { keys } = parseJsonObject(await response.text()) ?? {};
    return { keys };
  };
  const client = new JwksClient({ jwksUri: url, cache: false, rateLimit: false, fetcher });
  return { keys: readKeySet(await client.getKeys(), shown), maxAgeMs };
}

/**
 * The usable keys of a set; entries of other kinds are skipped, as key sets serve other purposes too.
 *
 * @throws {BackchannelError} when it is no key set, or none of its keys is usable
 */
export function readKeySet(entries: unknown, origin: string): VerificationKey[] {
  if (!Array.isArray(entries))
    throw new BackchannelError(`${origin} did not answer with a key set`);
  if (entries.length > MAX_KEYS) {
    throw new BackchannelError(`${origin} holds more than ${MAX_KEYS} keys`);
  }
  const keys = entries
    .map((entry) => VerificationKey.read(entry))
    .filter((key) => key !== undefined);
  if (keys.length === 0) throw new BackchannelError(`${origin} holds no usable public key`);
  return keys;
}

function maxAgeOf(cacheControl: string | null): number | undefined {
  const seconds = /(?:^|[\s,])max-age="?(\d{1,9})"?(?:$|[\s,])/i.exec(cacheControl ?? '')?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
