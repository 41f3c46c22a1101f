import {
  BackchannelError,
  type BackchannelFetch,
} from '../../authorization-server/http/backchannel.js';
import type { Clock } from '../../common/clock.js';
import { oneLine } from '../../common/excerpt.js';
import { remainingMs } from '../../common/remaining.js';
import { discoverIssuer } from '../../authorization-server/issuer-metadata.js';
import { fetchKeySet, KeySetMovedError } from './jwks-document.js';
import { keyAdvice } from './key-advice.js';
import type { KeyLoader, LoadedKeys } from './key-set.js';

const METADATA_LIFETIME_MS = 60 * 60_000;

/** Loads the key set of an issuer from where its metadata says it is. Keeps no keys. */
export class DiscoveredKeys implements KeyLoader {
  private located: { readonly jwksUri: string; readonly until: number } | undefined;

  constructor(
    private readonly issuer: string,
    private readonly fetch: BackchannelFetch,
    private readonly clock: Clock,
  ) {}

  /** @throws {BackchannelError} */
  async load(signal: AbortSignal): Promise<LoadedKeys> {
    const fetch: BackchannelFetch = (url, init) => this.fetch(url, { ...init, signal });
    try {
      return await fetchKeySet(await this.locate(fetch), fetch);
    } catch (error) {
      if (!(error instanceof KeySetMovedError)) throw error;
      this.located = undefined;
      return fetchKeySet(await this.locate(fetch), fetch);
    }
  }

  advice(error: unknown): string {
    return keyAdvice('metadata', this.issuer, error);
  }

  private async locate(fetch: BackchannelFetch): Promise<string> {
    const { located } = this;
    const fresh = located && remainingMs(located.until, this.clock.now(), METADATA_LIFETIME_MS) > 0;
    if (fresh) return located.jwksUri;
    try {
      const { jwks_uri: jwksUri } = await discoverIssuer(this.issuer, fetch);
      if (!jwksUri) {
        const issuer = oneLine(this.issuer);
        throw new BackchannelError(`the metadata of ${issuer} names no usable jwks_uri`);
      }
      this.located = { jwksUri, until: this.clock.now() + METADATA_LIFETIME_MS };
      return jwksUri;
    } catch (error) {
      // Metadata hardly ever changes; while it cannot be had, the keys may still be where they were.
      if (located) return located.jwksUri;
      throw error;
    }
  }
}
