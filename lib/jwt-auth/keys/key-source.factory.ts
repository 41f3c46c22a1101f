import { createBackchannel } from '../../common/backchannel.js';
import type { Clock } from '../../common/clock.js';
import type { LogThrottle } from '../../common/log-throttle.js';
import type { ResolvedIssuer } from '../config/resolved-options.js';
import { watchClockDrift } from './clock-drift.js';
import { DiscoveredKeys } from './discovered-keys.js';
import type { FetchLimits } from './fetch-limits.js';
import { fetchKeySet, readKeySet } from './jwks-document.js';
import { keyAdvice } from './key-advice.js';
import { type KeyLoader, KeySet } from './key-set.js';
import type { KeySource } from './key-source.js';
import { readStaticKeys, StaticKeys } from './static-keys.js';

/** Limits of discovery and of fetching keys. */
const BACKCHANNEL = { timeoutMs: 5_000, maxBytes: 512 * 1024 };

/** What the issuers of an application have in common. */
export interface KeySourceContext {
  readonly clock: Clock;
  readonly allowInsecureHttp: boolean;
  readonly throttle: LogThrottle;
  /** For what is true of this machine, whichever issuer shows it. */
  readonly clockThrottle: LogThrottle;
  readonly limits?: FetchLimits | undefined;
}

/** Makes the key source that the options of an issuer ask for; each issuer has one of its own. */
export function keySourceFor(rules: ResolvedIssuer, context: KeySourceContext): KeySource {
  const fixed = readStaticKeys(rules);
  if (fixed.length > 0) return new StaticKeys(fixed);
  const { clock, throttle, limits } = context;
  return new KeySet(rules.issuer, loaderFor(rules, context), clock, throttle, limits);
}

function loaderFor(
  { issuer, jwksUri, jwksClient }: ResolvedIssuer,
  { clock, allowInsecureHttp, clockThrottle }: KeySourceContext,
): KeyLoader {
  if (jwksClient) {
    return {
      load: async () => ({ keys: readKeySet(await jwksClient.getKeys(), 'jwksClient') }),
      advice: (error) => keyAdvice('jwksClient', issuer, error),
    };
  }
  const fetch = watchClockDrift(
    issuer,
    createBackchannel({ ...BACKCHANNEL, allowInsecureHttp }),
    clock,
    clockThrottle,
  );
  return jwksUri === undefined
    ? new DiscoveredKeys(issuer, fetch, clock)
    : {
        load: () => fetchKeySet(jwksUri, fetch),
        advice: (error) => keyAdvice('jwksUri', issuer, error),
      };
}
