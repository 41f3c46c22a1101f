import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answersPing } from './answers-ping.js';
import { freePort } from './free-port.js';

const SETPRIV = '/usr/bin/setpriv';
const LOG = 'redis.log';
const READY = 'Ready to accept connections';
const ATTEMPTS = 5;
const START_MS = 15_000;

/** Options of {@link RedisServer.start}. */
export interface RedisServerOptions {
  /** @defaultValue a free one */
  readonly port?: number;
  /** More for its command line, such as `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[];
}

/** A redis-server of our own, on 127.0.0.1. It writes nothing to disk, so each start finds it empty. */
export class RedisServer {
  #child: ChildProcess | undefined;
  #directory = '';

  private constructor(
    readonly port: number,
    private readonly args: readonly string[],
  ) {
    // setpriv sees to it where this process is killed. This is for systems without it.
    process.once('exit', () => this.#child?.kill('SIGKILL'));
  }

  /** Resolves when it answers. */
  static async start({ port, args = [] }: RedisServerOptions = {}): Promise<RedisServer> {
    for (let attempt = 1; ; attempt += 1) {
      const server = new RedisServer(port ?? (await freePort()), args);
      try {
        await server.startAgain();
        return server;
      } catch (error) {
        // Somebody else may have taken the port by now.
        if (port !== undefined || attempt === ATTEMPTS) throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Its process; none while it is stopped. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** After `stop()` or `kill()`: on the same port, and empty. Resolves when it answers. */
  async startAgain(): Promise<void> {
    if (this.#child) throw new Error('It runs already');
    this.#directory = await mkdtemp(join(tmpdir(), 'redis-'));
    const child = spawn(...this.commandLine(), { stdio: ['ignore', 'ignore', 'inherit'] });
    // A test that fails before it stops it is no reason to wait for ever.
    child.unref();
    child.once('error', () => undefined);
    this.#child = child;
    const giveUpAt = performance.now() + START_MS;
    do {
      if (hasEnded(child) || performance.now() > giveUpAt) {
        const said = this.log();
        await this.kill();
        throw new Error(`redis-server does not start on port ${this.port}:\n${said}`);
      }
      await sleep(10);
      // Its own word first: on a port that was taken, it is somebody else who answers.
    } while (!this.log().includes(READY) || !(await answersPing(this.port)));
  }

  /** Ends it as an administrator does. Connections are closed. */
  async stop(): Promise<void> {
    // A paused process does not see the other signal.
    this.#child?.kill('SIGCONT');
    await this.end('SIGTERM');
  }

  /** Ends it at once, whatever it does. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** It answers nothing any more, with all connections open. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  /** After `pause()`: it answers all that it has missed. */
  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child && !hasEnded(child)) {
      child.ref();
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    }
    if (this.#directory) rmSync(this.#directory, { recursive: true, force: true });
  }

  private log(): string {
    const path = join(this.#directory, LOG);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  private commandLine(): [string, string[]] {
    const where = `--port ${this.port} --bind 127.0.0.1 --dir ${this.#directory} --logfile ${LOG}`;
    const args = [...where.split(' '), '--save', '', '--appendonly', 'no', ...this.args];
    // The kernel ends it together with this process, even when that is killed.
    return existsSync(SETPRIV)
      ? [SETPRIV, ['--pdeathsig', 'KILL', 'redis-server', ...args]]
      : ['redis-server', args];
  }
}

/** Or never began. */
function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
