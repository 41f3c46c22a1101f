import type { Spread } from '../common/statistics.js';
import type { CacheTrial } from './cache-trial.js';
import type { Outcome } from './contest.js';
import { PATIENCE_MS } from './plan.js';
import { cpuAdded, cpuRatio, outcomeOf } from './statistics.js';
import { CALLS_PER_SECOND, FAILING_CALLS, type Trials } from './trials.js';

/** All that was found. */
export interface Findings {
  readonly outcomes: readonly Outcome[];
  readonly trials: Trials;
  readonly cache: CacheTrial;
}

/** A figure that this package promises. */
export interface Target {
  readonly text: string;
  readonly atMost: number;
  readonly found: Spread;
  readonly reached: boolean;
}

export function checkTargets({ outcomes, trials, cache }: Findings): Target[] {
  const cold = ours(trials.cold);
  const failing = ours(trials.failing);
  const renewals = ours(trials.renewals);
  return [
    target(
      'CPU of a call over HTTP on loopback, times bare Axios',
      1.05,
      cpuRatio(outcomeOf(outcomes, 'wire', 'ours')),
    ),
    target(
      "CPU added in Axios' pipeline, µs",
      5,
      cpuAdded(outcomeOf(outcomes, 'pipeline', 'ours')),
    ),
    target(
      `token requests for ${count(cold.succeeded + cold.failed)} cold calls at once`,
      1,
      once(cold.tokenRequests),
    ),
    target(
      `calls that wait over ${PATIENCE_MS} ms during renewals, at ${CALLS_PER_SECOND} calls/s`,
      0,
      once(renewals.late + renewals.failed),
    ),
    target('look-up of one of 100,000 cached tokens, µs', 1, cache.lookUpOf100_000),
    target('memory of a cached token, KB', 1.5, once(cache.bytesPerToken / 1_000)),
    target(
      `token requests for ${FAILING_CALLS} calls while the token endpoint answers 500: one, and its two retries`,
      3,
      once(failing.tokenRequests),
    ),
  ];
}

export function count(number: number): string {
  return number.toLocaleString('en-GB');
}

function target(text: string, atMost: number, found: Spread): Target {
  return { text, atMost, found, reached: found.median <= atMost };
}

function ours<T extends { contestant: { name: string } }>(trials: readonly T[]): T {
  const found = trials.find(({ contestant }) => contestant.name === 'ours');
  if (!found) throw new Error('nestjs-access-tokens was not measured');
  return found;
}

function once(value: number): Spread {
  return { median: value, min: value, max: value };
}
