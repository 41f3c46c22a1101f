import { type Spread, spreadOf } from '../common/statistics.js';
import type { Outcome, Pair } from './contest.js';

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
