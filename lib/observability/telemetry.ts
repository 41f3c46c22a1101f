/** How a wish for a token was met: from the cache, by a token request of its own, or by one under way. */
export type LookUp = 'hit' | 'miss' | 'joined';

/** Runs work as a part of what is measured: what it does itself is shown beneath it in a trace. */
export type Within = <T>(work: () => T) => T;

/** Runs work as a part of nothing. */
export const nowhere: Within = (work) => work();

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
  request<T>(request: MeasuredRequest, work: (within: Within) => Promise<T>): Promise<T>;
  retriedAfter401(client: string): void;
}
