import type { LoggerService } from '@nestjs/common';

/** Keeps what the applications log, so that the demo can show it where it belongs. */
export class MemoryLogger implements LoggerService {
  /** Prints at once from now on, when nobody asks for the lines any more. */
  live = false;
  private lines: string[] = [];

  log(): void {
    // The start of so many applications is no part of the story.
  }

  warn(message: unknown): void {
    this.add('WARN', message);
  }

  error(message: unknown): void {
    this.add('ERROR', message);
  }

  fatal(message: unknown): void {
    this.add('FATAL', message);
  }

  /** The lines since the last time. */
  take(): string[] {
    const { lines } = this;
    this.lines = [];
    return lines;
  }

  private add(level: string, message: unknown): void {
    const line = `${level} ${message instanceof Error ? message.message : String(message)}`;
    if (this.live) {
      console.log(line);
    } else {
      this.lines.push(line);
    }
  }
}
