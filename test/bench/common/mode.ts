import { parseArgs } from 'node:util';

/** How much is measured; also names the files of the result. */
export type Mode = 'quick' | 'standard' | 'full';

/** What can be asked for on the command line. */
export function readMode(args: readonly string[]): { mode: Mode; assert: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      full: { type: 'boolean' },
      assert: { type: 'boolean' },
    },
  });
  if (values.quick && values.full) throw new Error('--quick or --full, not both');
  const mode = values.quick ? 'quick' : values.full ? 'full' : 'standard';
  // Whether a missed target fails the process.
  return { mode, assert: values.assert ?? false };
}
