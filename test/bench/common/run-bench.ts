import type { Mode } from './mode.js';
import { Processes } from './processes.js';
import { number, verdict } from './report/table.js';
import { writeReport } from './report/write-report.js';
import type { Spread } from './statistics.js';

/** Runs a bench as the command line says. No process that it has started outlives it. */
export async function runBench<Options extends { readonly assert: boolean }>(
  readOptions: (args: readonly string[]) => Options,
  bench: (options: Options, processes: Processes) => Promise<boolean>,
): Promise<void> {
  const processes = new Processes();
  process.once('exit', () => processes.stopAll());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(1));

  try {
    const options = readOptions(process.argv.slice(2));
    const allReached = await bench(options, processes);
    process.exitCode = options.assert && !allReached ? 1 : 0;
  } catch (error) {
    console.error(
      `The bench was abandoned: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exitCode = 1;
  } finally {
    processes.stopAll();
  }
}

/** Writes the report, and prints what has come of the targets. Returns whether all of them were reached. */
export async function conclude<
  Target extends { readonly text: string; readonly found: Spread; readonly reached: boolean },
>(
  bench: 'inbound' | 'outbound' | 'replicas',
  mode: Mode,
  report: { readonly markdown: string; readonly chart: string },
  targets: readonly Target[],
  limitOf: (target: Target) => string,
): Promise<boolean> {
  const file = await writeReport(bench, mode, report);
  for (const target of targets) {
    const { text, found, reached } = target;
    console.log(`${verdict(reached)}: ${text}: ${number(found.median)}, ${limitOf(target)}`);
  }
  console.log(`Written to ${file}`);
  return targets.every(({ reached }) => reached);
}
