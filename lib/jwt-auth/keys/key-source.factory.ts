import {
  AdvisedBackchannelError,
  type BackchannelFetch,
  createBackchannel,
} from '../../authorization-server/http/backchannel.js';
import { MAX_TIMEOUT_MS } from '../../authorization-server/http/backchannel-route.js';
import type { Clock } from '../../common/clock.js';
import type { LogThrottle } from '../../common/log-throttle.js';
import { shownUrl } from '../../common/secure-url.js';
import { abortable } from '../../common/abortable.js';
import type { ResolvedIssuer } from '../options/resolved-issuer.js';
import { watchClockDrift } from './clock-drift.js';
import { DiscoveredKeys } from './discovered-keys.js';
import type { FetchLimits } from './fetch-limits.js';
import { fetchKeySet, readKeySet } from './jwks-document.js';
import { keyAdvice } from './key-advice.js';
import { type KeyLoader, KeySet } from './key-set.js';
import type { KeySource } from './key-source.js';
import { SecretBeside } from './secret-beside.js';
import { readStaticKeys, StaticKeys } from './static-keys.js';

/** The largest metadata or key set. */
const MAX_BYTES = 512 * 1024;

/** What the issuers of an application have in common. */
export interface KeySourceContext {
  readonly clock: Clock;
  readonly throttle: LogThrottle;
  /** For what is true of this machine, whichever issuer shows it. */
  readonly clockThrottle: LogThrottle;
  readonly limits?: FetchLimits | undefined;
  /** Aborted when the application has ended. */
  readonly end: AbortSignal;
}

/** Makes the key source that the options of an issuer ask for; each issuer has one of its own. */
export function keySourceFor(rules: ResolvedIssuer, context: KeySourceContext): KeySource {
  if (rules.keySource) return rules.keySource;
  const fixed = new StaticKeys(readStaticKeys(rules));
  const isFetched = rules.jwksUri !== undefined || rules.jwksClient !== undefined;
  if (fixed.size > 0 && !isFetched) return fixed;
  const { clock, throttle, limits, end } = context;
  // Metadata and keys, however many places have to be asked.
  const timeoutMs = Math.min(2 * rules.backchannel.timeoutMs, MAX_TIMEOUT_MS);
  const loader = loadingUntil(end, () => loaderFor(rules, context));
  const keys = new KeySet(rules.issuer, loader, timeoutMs, clock, throttle, limits);
  return fixed.size > 0 ? new SecretBeside(fixed, keys) : keys;
}

function loaderFor(
  { issuer, jwksUri, jwksClient, backchannel, allowInsecureHttp }: ResolvedIssuer,
  { clock, clockThrottle }: KeySourceContext,
): KeyLoader {
  if (jwksClient) {
    return {
      load: async () => ({ keys: readKeySet(await jwksClient.getKeys(), 'jwksClient') }),
      advice: (error) => keyAdvice('jwksClient', issuer, error),
    };
  }
  // Wherever metadata send us, nobody else gets what is meant for this server.
  const origin = new URL(jwksUri ?? issuer).origin;
  const headersTo = [origin];
  const limits = { ...backchannel, headersTo, maxBytes: MAX_BYTES, allowInsecureHttp };
  const channel = createBackchannel(limits);
  const direct = backchannel.headers ? explainWithheld(channel, origin) : channel;
  const fetch = watchClockDrift(issuer, direct, clock, clockThrottle);
  return jwksUri === undefined
    ? new DiscoveredKeys(issuer, fetch, clock)
    : {
        load: (signal) => fetchKeySet(jwksUri, (url, init) => fetch(url, { ...init, signal })),
        advice: (error) => keyAdvice('jwksUri', issuer, error),
      };
}

/** Keys that are under way when the application ends must not keep the process alive. */
function loadingUntil(end: AbortSignal, make: () => KeyLoader): KeyLoader {
  let made: KeyLoader | undefined;
  // With the first token: of thousands of issuers few may ever send one.
  const loader = () => (made ??= make());
  return {
    load: (signal) => {
      const either = AbortSignal.any([signal, end]);
      return abortable(loader().load(either), either);
    },
    advice: (error) => loader().advice(error),
  };
}

/** A server that asks for credentials may be one that they are not sent to. */
function explainWithheld(fetch: BackchannelFetch, origin: string): BackchannelFetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    const isRefused = response.status === 401 || response.status === 403;
    if (!isRefused || new URL(url).origin === origin) return response;
    throw new AdvisedBackchannelError(
      `${shownUrl(url)} answered ${response.status}. backchannel.headers are sent to ${origin} only: if they are for that server as well, give its address as jwksUri`,
    );
  };
}
