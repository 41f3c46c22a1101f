import type { SpanContext } from '../authorization-server/span-context.js';

/** How a look-up in the token cache was met: from the cache, by a token request of its own, or by one under way. */
export type LookUp = 'hit' | 'miss' | 'in_flight';

/** A token request that is about to be made. */
export interface MeasuredRequest {
  readonly client: string;
  /** The grant type, or `provider` where a provider of the application gets the token. */
  readonly grant: string;
}

/** Measures what happens to tokens. Is given the names of clients, and nothing about tenants and users. */
export interface Telemetry {
  lookedUp(client: string, how: LookUp): void;
  /** Runs a token request, and fails as it does. */
  request<T>(request: MeasuredRequest, work: (within: SpanContext) => Promise<T>): Promise<T>;
  retriedAfter401(client: string): void;
}
