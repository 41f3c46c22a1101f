import type { LoggerService } from '@nestjs/common';
import { noteShown } from './leak-watch.js';

/** Keeps log lines instead of printing them. */
export class MemoryLogger implements LoggerService {
  readonly lines: string[] = [];

  /** The lines of the module under test. */
  get ours(): string[] {
    return this.lines.filter((line) => line.includes('[TokenClientModule]'));
  }

  log(...message: unknown[]): void {
    this.add('log', message);
  }

  warn(...message: unknown[]): void {
    this.add('warn', message);
  }

  error(...message: unknown[]): void {
    this.add('error', message);
  }

  constructor() {
    noteShown('logged', this.lines);
  }

  private add(level: string, message: unknown[]): void {
    this.lines.push(
      `${level} [${String(message.at(-1))}] ${message.slice(0, -1).map(String).join(' ')}`,
    );
  }
}
