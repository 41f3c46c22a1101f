import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import type { Processes } from '../../common/processes.js';

const SETPRIV = '/usr/bin/setpriv';

/** A redis-server on loopback, which is empty and writes nothing to disk. */
export interface RedisServer {
  readonly url: string;
  end(): Promise<void>;
}

/** @throws if there is none installed, or it does not start */
export async function startRedis(processes: Processes): Promise<RedisServer> {
  const port = await freePort();
  const where = `--bind 127.0.0.1 --port ${port} --dir ${tmpdir()} --appendonly no --save`;
  const command = ['redis-server', ...where.split(' '), ''];
  // The kernel ends it together with this process, even when that is killed.
  const [program = '', ...args] = existsSync(SETPRIV)
    ? [SETPRIV, '--pdeathsig', 'KILL', ...command]
    : command;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  processes.adopt(child);
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    if (!line.includes('Ready to accept connections')) continue;
    return {
      url: `redis://127.0.0.1:${port}`,
      async end() {
        child.kill();
        await ended;
      },
    };
  }
  throw new Error(`redis-server did not start on port ${port}`);
}

/** Somebody else can take it before we do; then the bench is abandoned. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
