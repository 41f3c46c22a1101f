import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { shuffled } from '../common/statistics.js';

/** What is published, and what `nest build` leaves: a file for each one of `lib/`. */
export const FORMS = { published: 'dist/index.js', compiled: 'build/index.js' } as const;
type Form = keyof typeof FORMS;

interface Comparison {
  /** What the application has loaded before. */
  readonly after: string;
  /** In milliseconds, one for each round. */
  readonly times: readonly Record<Form, number>[];
}

/** Imports both forms in processes of their own, side by side: the machine's speed drifts, and only neighbours can be compared. */
export function compareImports(rounds: number): Comparison[] {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
  };
  const application = ['reflect-metadata', '@nestjs/common', '@nestjs/core', 'axios', 'passport'];
  const everything = Object.keys({ ...peerDependencies, ...dependencies });
  return [
    { after: 'Nest, Axios and Passport', times: take(rounds, application) },
    { after: 'all that it depends on', times: take(rounds, everything) },
  ];
}

function take(rounds: number, before: readonly string[]): Record<Form, number>[] {
  for (const file of Object.values(FORMS)) importTime(file, before);
  return Array.from({ length: rounds }, () => {
    const times = { published: Number.NaN, compiled: Number.NaN };
    for (const form of shuffled(['published', 'compiled'] as const)) {
      times[form] = importTime(FORMS[form], before);
    }
    return times;
  });
}

function importTime(file: string, before: readonly string[]): number {
  const program = `
    for (const name of ${JSON.stringify(before)}) await import(name);
    const began = performance.now();
    await import(${JSON.stringify(pathToFileURL(file).href)});
    console.log(performance.now() - began);`;
  const flags = ['--input-type=module', '--eval', program];
  return Number(execFileSync(process.execPath, flags, { encoding: 'utf8' }));
}
