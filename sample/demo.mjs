import { spawn } from 'node:child_process';

/*
 * `npm run demo`: builds the package and the sample, and runs the demo. In plain JavaScript, as there is nothing built yet; and
 * with a word on each step, as building takes half a minute in which nothing else is to be seen.
 */

const builds = [
  ['the package', ['run', 'build']],
  ['the sample', ['exec', '--', 'nest', 'build', 'sample']],
];

for (const [what, args] of builds) {
  await built(what, args);
}
await import('./dist/demo/main.js');

async function built(what, args) {
  const begun = performance.now();
  const seconds = () => Math.round((performance.now() - begun) / 1000);
  const title = `Building ${what} ...`;
  process.stdout.write(title);
  // On a terminal the seconds count; in a file one line has to do.
  const counting = setInterval(() => {
    if (process.stdout.isTTY) {
      process.stdout.write(`\r${title} ${seconds()} s`);
    }
  }, 1_000);
  const { code, output } = await run(args);
  clearInterval(counting);
  process.stdout.write(process.stdout.isTTY ? `\r${title} ${seconds()} s\n` : ` ${seconds()} s\n`);
  if (code !== 0) {
    console.error(output);
    process.exit(code ?? 1);
  }
}

function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => (output += chunk);
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
