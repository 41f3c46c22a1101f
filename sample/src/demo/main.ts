import { explain } from '../client/explain.js';
import { within } from './deadline.js';
import { Narrator } from './narrator.js';
import { hasRedisServer } from './replicas/redis-server.js';
import { Show } from './show.js';

const secondsInAll = 240;
const keep = process.argv.includes('--keep');
const replicas = process.argv.includes('--replicas');
const verbose = process.argv.includes('--verbose');
const narrator = new Narrator({ verbose });

if (replicas && !hasRedisServer()) {
  console.error(
    'The replicas share a Redis, and there is no redis-server on this machine. On Debian and Ubuntu: apt-get install redis-server. On a Mac: brew install redis.',
  );
  process.exit(1);
}

// The last resort, should a step hang in a way that its own time limit does not catch.
const watchdog = setTimeout(() => {
  console.error(`FAILED: not done after ${secondsInAll} s, in step ${narrator.title}`);
  process.exit(1);
}, secondsInAll * 1000);

let show: Show | undefined;
let played = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void close().finally(() => process.exit(played ? undefined : 1));
  });
}

try {
  console.log(replicas ? 'Starting a Redis and six programs ...' : 'Starting five programs ...');
  show = await within(60, replicas ? Show.ofReplicas() : Show.ofQuickstart());
  await show.play(narrator);
} catch (error) {
  narrator.show(explain(error));
  narrator.check('the demo went through', false);
}
played = true;
console.log(`\n${narrator.summary()}`);
if (!verbose && narrator.failures.length === 0) {
  console.log(
    'All there was to see, with real requests and error texts: npm run demo -- --verbose',
  );
}
if (narrator.failures.length > 0 && show) {
  const logged = [...new Set(show.stage.logged())];
  console.log(['Logged meanwhile', ...logged.slice(-20)].join('\n  '));
}
process.exitCode = narrator.failures.length === 0 ? 0 : 1;
clearTimeout(watchdog);

if (keep && show) {
  show.stage.logger.live = true;
  console.log(`
Still running, until you press Ctrl+C:
${show.stage.describe()}

${show.stage.invitation()}`);
} else {
  await close();
  // Nothing should be left to wait for. If there is, it must not keep the demo from ending.
  setTimeout(() => process.exit(), 1_000).unref();
}

async function close(): Promise<void> {
  await within(10, show?.stage.close() ?? Promise.resolve()).catch((error: unknown) => {
    console.error(explain(error));
  });
}
