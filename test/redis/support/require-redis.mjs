import { spawnSync } from 'node:child_process';

/** Says what to do where there is no redis-server, in place of a failure of every single test. */
export default function requireRedis() {
  const { error } = spawnSync('redis-server', ['--version']);
  if (error) {
    throw new Error(
      `There is no redis-server (${error.message}). On Debian: apt-get install -y redis-server.`,
    );
  }
}
