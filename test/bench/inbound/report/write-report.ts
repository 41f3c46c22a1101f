import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { Outcome } from '../contest.js';
import type { Options } from '../options.js';
import type { Target } from '../targets.js';
import { svgChart } from './chart.js';
import { markdownReport } from './markdown.js';

/** Beside the sources, and not beside what is made of them. */
const RESULTS = fileURLToPath(new URL('../../../inbound/results/', import.meta.url));

/** Writes table and chart, in the style of the repository, and says where. */
export async function writeReport(
  outcomes: readonly Outcome[],
  targets: readonly Target[],
  options: Options,
): Promise<string> {
  const file = `${RESULTS}${options.mode}.md`;
  const style = await resolveConfig(file);
  const markdown = markdownReport(outcomes, targets, options);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(file, await format(markdown, { ...style, filepath: file }));
  await writeFile(`${RESULTS}${options.mode}.svg`, svgChart(outcomes, options.algorithms));
  return file;
}
