import type { Outcome, Pair } from './contest.js';

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)] ?? Number.NaN;
  const high = sorted[Math.ceil(middle)] ?? Number.NaN;
  return {
    median: (low + high) / 2,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}

/** Requests per second as a part of those of the open endpoint, inside one pair. */
export function ratioOf({ own, base }: Pair): number {
  return own.requestsPerSecond / base.requestsPerSecond;
}

export function ratioSpread({ pairs }: Outcome): Spread {
  return spreadOf(pairs.map(ratioOf));
}

/** How many times the requests of another contestant: the two ratios of each round, divided. */
export function timesSpread(ours: Outcome, other: Outcome): Spread {
  return spreadOf(
    ours.pairs.flatMap((pair, round) => {
      const beside = other.pairs[round];
      return beside ? [ratioOf(pair) / ratioOf(beside)] : [];
    }),
  );
}
