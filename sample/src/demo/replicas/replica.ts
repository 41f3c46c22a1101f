import { fileURLToPath } from 'node:url';
import { Program } from './program.js';

/** One of several processes that run the same application. */
export class Replica {
  private program: Program | undefined;

  constructor(
    readonly name: string,
    private readonly application: 'gateway' | 'web',
    private readonly port: number,
    private readonly environment: Record<string, string>,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const main = new URL(`../../${this.application}/main.js`, import.meta.url);
    const portName = `${this.application.toUpperCase()}_PORT`;
    this.program = await Program.start({
      command: process.execPath,
      args: [fileURLToPath(main)],
      environment: { ...this.environment, [portName]: String(this.port) },
      ready: 'Listening on',
    });
  }

  async stop(): Promise<void> {
    await this.program?.stop();
  }

  /** What it has logged since it started and that has this in it, without the time and the process. */
  logged(text = ''): string[] {
    return (this.program?.lines ?? [])
      .filter((line) => line.includes(text))
      .map((line) => `${this.name}: ${line.replace(/^\[Nest\].*? (?=[A-Z]+ \[)/, '').trim()}`);
  }
}
