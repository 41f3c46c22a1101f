import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

const DEMO = 'sample/dist/demo/main.js';

/** Runs the built demo to its end. */
async function demo(environment: NodeJS.ProcessEnv = process.env) {
  const child = spawn(process.execPath, [DEMO, '--replicas'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 180_000,
  });
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('the sample as two replicas on one Redis', () => {
  beforeAll(() => {
    if (!existsSync(DEMO)) throw new Error(`There is no ${DEMO}: npm run build:sample makes it.`);
  });

  it('shares tokens and sessions, goes on without Redis, and leaves nothing running', async () => {
    const { code, stdout, stderr } = await demo();
    expect(stdout).toContain('All 9 steps came out as they should (21 checks).');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const ports = [...stdout.matchAll(/^ {3}\w[\w ]+:\/\/127\.0\.0\.1:(\d+)$/gm)].map(([, port]) =>
      Number(port),
    );
    expect(ports).toHaveLength(6);
    expect(await Promise.all(ports.map(isListening))).toEqual(ports.map(() => false));
  }, 200_000);

  it('says so where there is no redis-server', async () => {
    const { code, stdout, stderr } = await demo({ ...process.env, PATH: '/nonexistent' });
    expect(stderr).toMatch(
      /^The replicas share a Redis, and there is no redis-server .*apt-get install redis-server/,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});
