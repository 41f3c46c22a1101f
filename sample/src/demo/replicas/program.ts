import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { within } from '../deadline.js';

const secondsToStart = 30;
const secondsToStop = 5;
const running = new Set<ChildProcess>();

// Whatever ends the demo: nothing that it has started outlives it.
process.on('exit', () => {
  for (const child of running) {
    child.kill('SIGKILL');
  }
});

export interface ProgramStart {
  command: string;
  args: readonly string[];
  environment?: Record<string, string>;
  /** A line that it prints once it can be used. */
  ready: string;
}

/** A program beside this one, as somebody would start it in a terminal of its own. */
export class Program {
  private constructor(
    private readonly child: ChildProcess,
    /** What it has printed so far. */
    readonly lines: readonly string[],
  ) {}

  static async start({ command, args, environment, ready }: ProgramStart): Promise<Program> {
    const child = spawn(command, args, {
      env: { ...process.env, ...environment, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    const usable = new Promise<void>((resolve, reject) => {
      const read = (line: string) => {
        lines.push(line);
        if (line.includes(ready)) {
          resolve();
        }
      };
      createInterface(child.stdout).on('line', read);
      createInterface(child.stderr).on('line', read);
      child.once('error', reject);
      child.once('close', () => {
        reject(new Error(`${command} has ended:\n${lines.slice(-10).join('\n')}`));
      });
    });
    child.once('spawn', () => running.add(child));
    child.once('close', () => running.delete(child));
    try {
      await within(secondsToStart, usable);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    return new Program(child, lines);
  }

  /** Asks it to end, and makes it end if it does not. */
  async stop(): Promise<void> {
    if (!running.has(this.child)) {
      return;
    }
    const ended = once(this.child, 'close');
    this.child.kill('SIGTERM');
    const killing = setTimeout(() => this.child.kill('SIGKILL'), secondsToStop * 1000);
    await ended;
    clearTimeout(killing);
  }
}
