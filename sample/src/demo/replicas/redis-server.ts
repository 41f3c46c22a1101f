import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { freePort } from '../../common/free-port.js';
import { Program } from './program.js';

const command = 'redis-server';

/** Whether there is a redis-server on this machine. */
export function hasRedisServer(): boolean {
  return spawnSync(command, ['--version']).status === 0;
}

/** A Redis for the time of the demo, in memory only: whenever it starts, it is empty. */
export class RedisServer {
  private program: Program | undefined;

  private constructor(private readonly port: number) {}

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.startAgain();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async startAgain(): Promise<void> {
    const options = {
      port: this.port,
      bind: '127.0.0.1',
      save: '',
      appendonly: 'no',
      dir: tmpdir(),
    };
    this.program = await Program.start({
      command,
      args: Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ready: 'Ready to accept connections',
    });
  }

  async stop(): Promise<void> {
    await this.program?.stop();
  }
}
