import { explain } from '../client/explain.js';
import { within } from './deadline.js';

const secondsPerStep = 60;
const colour = process.stdout.isTTY && !process.env['NO_COLOR'];
const paint = (code: number, text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);

/** Tells the story: titles, what there is to see, and whether it came out as it should. */
export class Narrator {
  readonly failures: string[] = [];
  title = 'before the first step';
  private steps = 0;
  private checks = 0;

  chapter(text: string): void {
    console.log(`\n${paint(1, `== ${text} ==`)}`);
  }

  async step(title: string, work: () => Promise<void>): Promise<void> {
    this.steps += 1;
    this.title = `${this.steps}. ${title}`;
    console.log(`\n${paint(1, this.title)}`);
    const checksBefore = this.checks;
    try {
      await within(secondsPerStep, work());
      if (this.checks === checksBefore) {
        this.check('something was checked', false);
      }
    } catch (error) {
      this.show(explain(error));
      this.check('the step went through', false);
    }
  }

  show(text: string): void {
    console.log(text.replaceAll(/^/gm, '   '));
  }

  check(expectation: string, met: boolean): void {
    this.checks += 1;
    console.log(met ? paint(32, ` ✓ ${expectation}`) : paint(31, ` ✗ ${expectation}`));
    if (!met) {
      this.failures.push(`${this.title}: ${expectation}`);
    }
  }

  summary(): string {
    if (this.failures.length === 0) {
      return paint(32, `All ${this.steps} steps came out as they should (${this.checks} checks).`);
    }
    return paint(31, ['FAILED', ...this.failures].join('\n  '));
  }
}
