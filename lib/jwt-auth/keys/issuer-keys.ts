import { JwksClient } from 'jwks-rsa';
import { BackchannelError, type BackchannelFetch } from '../../common/backchannel.js';
import type { Clock } from '../../common/clock.js';
import { discoverIssuer } from '../../common/issuer-metadata.js';
import { parseJsonObject } from '../../common/json.js';
import { VerificationKey } from './verification-key.js';

const METADATA_LIFETIME_MS = 60 * 60_000;
const MAX_KEYS = 100;

/** The key set has moved: what the metadata said of its place is no longer true. */
class KeySetMovedError extends BackchannelError {}

/** Loads the key set of an issuer from where its metadata says it is. Keeps no keys: {@link KeySet} does. */
export class IssuerKeys {
  private located: { readonly jwksUri: string; readonly at: number } | undefined;

  constructor(
    private readonly issuer: string,
    private readonly fetch: BackchannelFetch,
    private readonly clock: Clock,
  ) {}

  /** @throws {BackchannelError} when there is no usable key set to be had */
  async load(): Promise<readonly VerificationKey[]> {
    try {
      return await this.fetchKeys(await this.locate());
    } catch (error) {
      if (!(error instanceof KeySetMovedError)) throw error;
      this.located = undefined;
      return this.fetchKeys(await this.locate());
    }
  }

  private async locate(): Promise<string> {
    const { located } = this;
    if (located && this.clock.now() - located.at < METADATA_LIFETIME_MS) return located.jwksUri;
    try {
      const { jwks_uri: jwksUri } = await discoverIssuer(this.issuer, this.fetch);
      if (!jwksUri)
        throw new BackchannelError(`the metadata of ${this.issuer} names no usable jwks_uri`);
      this.located = { jwksUri, at: this.clock.now() };
      return jwksUri;
    } catch (error) {
      // Metadata hardly ever changes; while it cannot be had, the keys may still be where they were.
      if (located) return located.jwksUri;
      throw error;
    }
  }

  private async fetchKeys(jwksUri: string): Promise<readonly VerificationKey[]> {
    // Its own cache and rate limit stay off: they know one key each, and lock good tokens out with the bad.
    const client = new JwksClient({
      jwksUri,
      cache: false,
      rateLimit: false,
      fetcher: (uri) => this.fetchDocument(uri),
    });
    const entries = await client.getKeys();
    if (!Array.isArray(entries))
      throw new BackchannelError(`${jwksUri} did not answer with a key set`);
    if (entries.length > MAX_KEYS)
      throw new BackchannelError(`${jwksUri} holds more than ${MAX_KEYS} keys`);
    const keys = entries
      .map((entry) => VerificationKey.read(entry))
      .filter((key) => key !== undefined);
    if (keys.length === 0) throw new BackchannelError(`${jwksUri} holds no usable public key`);
    return keys;
  }

  private async fetchDocument(url: string): Promise<{ keys: unknown }> {
    const response = await this.fetch(url, {
      headers: { accept: 'application/jwk-set+json, application/json' },
    });
    const { status } = response;
    if (status === 404 || status === 410) throw new KeySetMovedError(`${url} answered ${status}`);
    if (status !== 200) throw new BackchannelError(`${url} answered ${status}`);
    const { keys } = parseJsonObject(await response.text()) ?? {};
    return { keys };
  }
}
