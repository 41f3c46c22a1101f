import type { Clock } from '../../common/clock.js';

/** How authorization servers are talked to, with all defaults filled in. */
export interface BackchannelSettings {
  readonly timeoutMs: number;
  readonly retries: number;
  readonly headers: Readonly<Record<string, string>>;
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
