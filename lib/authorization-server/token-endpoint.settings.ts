import type { BackchannelRoute } from './http/backchannel-route.js';
import type { Clock } from '../common/clock.js';

/** How authorization servers are talked to, with all defaults filled in. */
export interface BackchannelSettings {
  readonly timeoutMs: number;
  readonly retries: number;
  readonly headers: BackchannelRoute['headers'];
  /** Headers that they may not be, in small letters. */
  readonly reservedHeaders: readonly string[];
  readonly proxy: string | undefined;
  readonly ca: readonly string[] | undefined;
}

/** How {@link TokenEndpoint} talks to authorization servers. */
export interface TokenEndpointSettings {
  readonly clock: Clock;
  readonly backchannel: BackchannelSettings;
  readonly allowInsecureHttp: boolean;
  readonly maxCachedTokens: number;
}
