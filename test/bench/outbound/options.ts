import { type Mode, readMode } from '../common/mode.js';

export interface Options {
  readonly mode: Mode;
  readonly assert: boolean;
  /** In each round, all contestants in random order, each in processes that start anew. */
  readonly rounds: number;
  /** Bursts of a contestant in a round, each beside one of bare Axios. */
  readonly bursts: number;
  readonly wireMs: number;
  readonly pipelineMs: number;
  readonly coldCalls: number;
  readonly renewalMs: number;
  /** Tokens got over HTTP to see what memory they take. */
  readonly keptTokens: number;
  readonly lookUps: number;
}

const QUICK = {
  rounds: 2,
  bursts: 3,
  wireMs: 150,
  pipelineMs: 60,
  coldCalls: 1_000,
  renewalMs: 6_000,
  keptTokens: 2_000,
  lookUps: 200_000,
};

const STANDARD = {
  rounds: 4,
  bursts: 8,
  wireMs: 250,
  pipelineMs: 100,
  coldCalls: 10_000,
  renewalMs: 15_000,
  keptTokens: 10_000,
  lookUps: 1_000_000,
};

const MODES: Record<Mode, typeof QUICK> = {
  quick: QUICK,
  standard: STANDARD,
  full: { ...STANDARD, rounds: 12, renewalMs: 30_000 },
};

export function readOptions(args: readonly string[]): Options {
  const { mode, assert } = readMode(args);
  return { mode, assert, ...MODES[mode] };
}
