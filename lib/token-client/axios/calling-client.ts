import type { Clock } from '../../common/clock.js';
import type { TokenObserver } from '../../observability/token-observer.js';
import type { RetryOn401 } from '../calls/retry-on-401.js';
import type { TokenSource } from '../calls/token-source.js';
import type { AxiosBuild } from './is-axios.js';
import type { CallTargets } from '../calls/call-target.js';
import type { Connection } from './connection.js';
import type { TokenPlace } from './token-place.js';

/** A named client, as far as its calls need to know it. */
export interface NamedClient {
  readonly name: string;
  /** What its instances and errors are made with. */
  readonly axios: AxiosBuild;
  readonly targets: CallTargets;
  readonly tokens: TokenSource;
  readonly retryOn401: RetryOn401;
  /** Where it puts its token. */
  readonly place: TokenPlace;
  readonly observer: TokenObserver;
  readonly clock: Clock;
}

/** The same, with what one of its instances says. */
export interface CallingClient extends NamedClient {
  /** How its calls leave the process. */
  readonly connection: Connection;
  /** What of the runtime the adapter `fetch` uses, where it was given something else. */
  readonly environment: object | undefined;
  /** The name that it has its API called by in place of that of the URL. */
  readonly host: unknown;
}
