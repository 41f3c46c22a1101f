import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { Mode } from '../mode.js';

/** Beside the sources, and not beside what is made of them. */
const SOURCES = new URL('../../../', import.meta.url);

/** Writes table and chart of a bench, in the style of the repository, and says where. */
export async function writeReport(
  bench: 'inbound' | 'outbound' | 'replicas',
  mode: Mode,
  report: { readonly markdown: string; readonly chart: string },
): Promise<string> {
  const folder = fileURLToPath(new URL(`${bench}/results/`, SOURCES));
  const file = `${folder}${mode}.md`;
  const style = await resolveConfig(file);
  await mkdir(folder, { recursive: true });
  await writeFile(file, await format(report.markdown, { ...style, filepath: file }));
  await writeFile(`${folder}${mode}.svg`, report.chart);
  return file;
}
