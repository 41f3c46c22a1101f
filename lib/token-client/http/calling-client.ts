import type { Clock } from '../../common/clock.js';
import type { TokenObserver } from '../observability/token-observer.js';
import type { RetryOn401 } from '../retry-on-401.js';
import type { TokenSource } from '../token-source.js';
import type { CallTargets } from './call-target.js';

/** A named client, as far as its calls need to know it. */
export interface CallingClient {
  readonly name: string;
  readonly targets: CallTargets;
  readonly tokens: TokenSource;
  readonly retryOn401: RetryOn401;
  readonly observer: TokenObserver;
  readonly clock: Clock;
}
