/** A part of the demo, and how it went. */
export interface Part {
  readonly title: string;
  steps: number;
  failed: number;
  checks: number;
  ms: number;
}

/** One line for each part, with a line for all of them at the end. */
export function summaryTable(parts: readonly Part[]): string {
  const sum = (of: (part: Part) => number) => parts.reduce((total, part) => total + of(part), 0);
  const all: Part = {
    title: 'in all',
    steps: sum(({ steps }) => steps),
    failed: sum(({ failed }) => failed),
    checks: sum(({ checks }) => checks),
    ms: sum(({ ms }) => ms),
  };
  const width = Math.max(...[...parts, all].map(({ title }) => title.length));
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(width) : cell.padStart(8))).join('');
  const row = ({ title, steps, failed, checks, ms }: Part) =>
    line([title, String(steps), String(checks), String(failed), `${(ms / 1000).toFixed(1)} s`]);
  const head = line(['', 'steps', 'checks', 'failed', 'time']);
  return [head, ...parts.map(row), '-'.repeat(head.length), row(all)].join('\n');
}
