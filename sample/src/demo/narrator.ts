import { explain } from '../client/explain.js';
import { within } from './deadline.js';
import { paint, type Terminal } from './paint.js';
import { summaryTable, type Part } from './summary-table.js';

const secondsPerStep = 60;

export interface NarratorOptions {
  /** All there is to see in each step. Without it a step is one line, unless it fails. */
  readonly verbose?: boolean;
  readonly terminal?: Terminal;
}

/** Tells the story: titles, what there is to see, and whether it came out as it should. */
export class Narrator {
  readonly failures: string[] = [];
  title = 'before the first step';
  private steps = 0;
  private checks = 0;
  private readonly parts: Part[] = [];
  /** What a step has had to say so far. */
  private told: string[] = [];
  private readonly verbose: boolean;
  private readonly terminal: Terminal;

  constructor({ verbose = false, terminal = console }: NarratorOptions = {}) {
    this.verbose = verbose;
    this.terminal = terminal;
  }

  chapter(text: string): void {
    this.parts.push({ title: text, steps: 0, failed: 0, checks: 0, ms: 0 });
    this.terminal.log(`\n${paint('bold', `== ${text} ==`)}`);
  }

  async step(title: string, work: () => Promise<void>): Promise<void> {
    this.steps += 1;
    this.title = `${this.steps}. ${title}`;
    if (this.verbose) {
      this.terminal.log(`\n${paint('bold', this.title)}`);
    }
    this.told = [];
    const [checksBefore, failuresBefore] = [this.checks, this.failures.length];
    const begun = performance.now();
    try {
      await within(secondsPerStep, work());
      if (this.checks === checksBefore) {
        this.check('something was checked', false);
      }
    } catch (error) {
      this.show(explain(error));
      this.check('the step went through', false);
    }
    const failed = this.failures.length > failuresBefore;
    this.count(this.checks - checksBefore, failed, performance.now() - begun);
    if (!this.verbose) {
      this.terminal.log(
        failed ? paint('red', `✗ ${this.title}`) : `${paint('green', '✓')} ${this.title}`,
      );
      // Whoever has to find out why needs all of it.
      if (failed) {
        this.terminal.log(this.told.join('\n'));
      }
    }
  }

  show(text: string): void {
    this.tell(text.replaceAll(/^/gm, '   '));
  }

  check(expectation: string, met: boolean): void {
    this.checks += 1;
    this.tell(met ? paint('green', ` ✓ ${expectation}`) : paint('red', ` ✗ ${expectation}`));
    if (!met) {
      this.failures.push(`${this.title}: ${expectation}`);
    }
  }

  /** A table of the parts, and what to say of all of it. */
  summary(): string {
    const table = summaryTable(this.parts);
    if (this.failures.length > 0) {
      return `${table}\n\n${paint('red', ['FAILED', ...this.failures].join('\n  '))}`;
    }
    const all = `All ${this.steps} steps came out as they should (${this.checks} checks).`;
    return `${table}\n\n${paint('green', all)}`;
  }

  private tell(text: string): void {
    this.told.push(text);
    if (this.verbose) {
      this.terminal.log(text);
    }
  }

  private count(checks: number, failed: boolean, ms: number): void {
    const part = this.parts.at(-1);
    if (part) {
      part.steps += 1;
      part.checks += checks;
      part.failed += failed ? 1 : 0;
      part.ms += ms;
    }
  }
}
