import { createBackchannel } from '../../common/backchannel.js';
import type { Clock } from '../../common/clock.js';
import type { LogThrottle } from '../../common/log-throttle.js';
import { untilAborted } from '../../common/until-aborted.js';
import type { ResolvedIssuer } from '../config/resolved-options.js';
import { watchClockDrift } from './clock-drift.js';
import { DiscoveredKeys } from './discovered-keys.js';
import type { FetchLimits } from './fetch-limits.js';
import { fetchKeySet, readKeySet } from './jwks-document.js';
import { keyAdvice } from './key-advice.js';
import { type KeyLoader, KeySet } from './key-set.js';
import type { KeySource } from './key-source.js';
import { SecretBeside } from './secret-beside.js';
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
  /** Aborted when the application has ended. */
  readonly end: AbortSignal;
}

/** Makes the key source that the options of an issuer ask for; each issuer has one of its own. */
export function keySourceFor(rules: ResolvedIssuer, context: KeySourceContext): KeySource {
  const fixed = new StaticKeys(readStaticKeys(rules));
  const isFetched = rules.jwksUri !== undefined || rules.jwksClient !== undefined;
  if (fixed.size > 0 && !isFetched) return fixed;
  const { clock, throttle, limits, end } = context;
  const loader = loadingUntil(end, loaderFor(rules, context));
  const keys = new KeySet(rules.issuer, loader, clock, throttle, limits);
  return fixed.size > 0 ? new SecretBeside(fixed, keys) : keys;
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
        load: (signal) => fetchKeySet(jwksUri, (url, init) => fetch(url, { ...init, signal })),
        advice: (error) => keyAdvice('jwksUri', issuer, error),
      };
}

/** Keys that are under way when the application ends must not keep the process alive. */
function loadingUntil(end: AbortSignal, loader: KeyLoader): KeyLoader {
  return {
    load: (signal) => {
      const either = AbortSignal.any([signal, end]);
      return untilAborted(loader.load(either), either);
    },
    advice: (error) => loader.advice(error),
  };
}
