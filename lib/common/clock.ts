/** Where the time comes from. Give your own to travel in time in tests. */
export interface Clock {
  /** The current time in milliseconds since the epoch. */
  now(): number;
}

/** The clock of the machine; the default. */
export const systemClock: Clock = { now: () => Date.now() };
