// Installs the packed package as its users do: in stock applications of both majors of Nest, and in one with every kind of handler.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everyHandler } from './every-handler.mjs';
import { nest11, nest12 } from './majors.mjs';
import { run } from './run.mjs';
import { stockApplication } from './stock-application.mjs';

const root = new URL('../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'compat-'));
const began = performance.now();

try {
  const packed = await run(folder, 'npm', 'pack', root, '--ignore-scripts', '--silent');
  const tarball = join(folder, packed.trim());
  // Side by side: one waits for the registry while the other works.
  const outcomes = await Promise.allSettled([
    stockApplication(folder, tarball, nest11),
    stockApplication(folder, tarball, nest12).then(() => everyHandler(folder, tarball)),
  ]);
  for (const { reason } of outcomes.filter(({ status }) => status === 'rejected')) {
    console.error(reason);
    process.exitCode = 1;
  }
  console.log(`All of it: ${Math.round((performance.now() - began) / 1000)} s`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
