import { cpus } from 'node:os';
import type { Spread } from '../statistics.js';

/** A table in Markdown, with text in the first column and figures in the others. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_cell, column) => (column === 0 ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

export function range({ min, max }: Spread): string {
  return `${number(min)} to ${number(max)}`;
}

export function number(value: number): string {
  return value.toFixed(2);
}

export function verdict(reached: boolean): string {
  return reached ? 'reached' : 'not reached';
}

/** When and on what the figures were taken. */
export function circumstances(): string {
  return `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim()}`;
}
