import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import { expectPlain } from './invariants.js';

/** Looks at each line of every level, and keeps none but the first that is wrong. */
export class WatchingLogger implements LoggerService {
  #lines = 0;
  #fault: Error | undefined;

  /** @param secrets what no line may hold */
  constructor(private readonly secrets: RegExp) {}

  readonly log = (...given: unknown[]): void => this.#look(given);
  readonly error = this.log;
  readonly warn = this.log;
  readonly debug = this.log;
  readonly verbose = this.log;
  readonly fatal = this.log;

  get lines(): number {
    return this.#lines;
  }

  /** @throws what was wrong with a line since the last time */
  expectClean(): void {
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault) throw fault;
  }

  #look(given: readonly unknown[]): void {
    this.#lines += 1;
    try {
      for (const part of given) {
        const text = typeof part === 'string' ? part : inspect(part);
        if (typeof part === 'string') expectPlain(text);
        if (this.secrets.test(text)) throw new Error(`a secret in the log: ${text.slice(0, 300)}`);
      }
    } catch (error) {
      this.#fault ??= error as Error;
    }
  }
}
