import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

const DEMO = 'sample/dist/demo/main.js';

/** Any that is free: somebody may be using those that the sample prefers. */
const PORTS = Object.fromEntries(
  ['IDENTITY_SERVER', 'API', 'ORDERS', 'GATEWAY', 'WEB'].map((name) => [`${name}_PORT`, '0']),
);

/** Runs the built demo to its end. */
async function demo(changes: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [DEMO, '--replicas', '--verbose'], {
    env: { ...process.env, ...PORTS, ...changes },
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
    // All of it where something went wrong, as its end does not say why.
    expect(code === 0 ? stderr : stdout + stderr).toBe('');
    expect(stdout).toContain('All 9 steps came out as they should (22 checks).');
    const addresses =
      /^ {3}(?:redis|identity server|gateway \d|web \d) +\w+:\/\/127\.0\.0\.1:(\d+)$/gm;
    const ports = [...stdout.matchAll(addresses)].map(([, port]) => Number(port));
    expect(ports).toHaveLength(6);
    expect(await Promise.all(ports.map(isListening))).toEqual(ports.map(() => false));
  }, 200_000);

  it('says so where there is no redis-server', async () => {
    const { code, stdout, stderr } = await demo({ PATH: '/nonexistent' });
    expect(stderr).toMatch(
      /^The replicas share a Redis, and there is no redis-server .*apt-get install redis-server/,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});
