import { type Mode, readMode } from '../common/mode.js';

export interface Options {
  readonly mode: Mode;
  readonly assert: boolean;
  /** In each, Redis and the process with all contestants start anew. */
  readonly rounds: number;
  /** Bursts of a contestant in a round and a workload, each beside one of the base. */
  readonly bursts: number;
  /** How long a burst is where the token is at hand. */
  readonly heldMs: number;
  /** How many tokens a burst gets where it is not. */
  readonly coldCalls: number;
  /** As many times as much is done before anything counts. */
  readonly warmUp: number;
}

const STANDARD = { rounds: 4, bursts: 12, heldMs: 50, coldCalls: 50, warmUp: 4 };

const MODES: Record<Mode, typeof STANDARD> = {
  quick: { ...STANDARD, rounds: 2, bursts: 3 },
  standard: STANDARD,
  full: { ...STANDARD, rounds: 12 },
};

export function readOptions(args: readonly string[]): Options {
  const { mode, assert } = readMode(args);
  return { mode, assert, ...MODES[mode] };
}
