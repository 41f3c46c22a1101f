import type { LoggerService } from '@nestjs/common';

/** Keeps log lines of this package for the process of the test. */
export class LineLogger implements LoggerService {
  readonly lines: string[] = [];

  log(...message: unknown[]): void {
    this.add('log', message);
  }

  warn(...message: unknown[]): void {
    this.add('warn', message);
  }

  error(...message: unknown[]): void {
    this.add('error', message);
  }

  private add(level: string, message: readonly unknown[]): void {
    if (message.at(-1) !== 'TokenClientModule') return;
    this.lines.push(`${level} ${message.slice(0, -1).map(String).join(' ')}`);
  }
}
