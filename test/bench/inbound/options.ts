import { type Mode, readMode } from '../common/mode.js';
import { type Algorithm, ALGORITHMS } from './plan.js';

export interface Options {
  readonly mode: Mode;
  readonly algorithms: readonly Algorithm[];
  readonly rounds: number;
  readonly burstMs: number;
  /** No round begins that would end later than this. */
  readonly limitMs: number;
  /** Whether a missed target fails the process. */
  readonly assert: boolean;
}

const MODES = {
  quick: { algorithms: ['RS256'], rounds: 3, burstMs: 120, limitMs: 55_000 },
  standard: { algorithms: ['RS256'], rounds: 9, burstMs: 400, limitMs: 5 * 60_000 },
  full: { algorithms: ALGORITHMS, rounds: 7, burstMs: 400, limitMs: 11 * 60_000 },
} as const;

export function readOptions(args: readonly string[]): Options {
  const { mode, assert } = readMode(args);
  return { mode, ...MODES[mode], assert };
}
