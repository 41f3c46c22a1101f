import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { edit } from './majors.mjs';
import { INSTALL, run } from './run.mjs';
import { startedApplication } from './started-application.mjs';

const templates = new URL('templates', import.meta.url).pathname;
/** What nothing here runs, and takes as long to install as all the rest. */
const NOT_RUN =
  /eslint|prettier|oxlint|^globals$|@nestjs\/mau|coverage|source-map|^ts-(loader|node)$|^tsconfig-paths$/;

/** Generates an application, adds what the README says, builds it, runs its tests and starts it on each Node.js. */
export async function stockApplication(parent, tarball, major) {
  const { name } = major;
  const folder = join(parent, name);
  const flags = ['--skip-install', '--skip-git', '--package-manager', 'npm', '--strict'];
  await run(parent, 'npx', '--yes', '--prefer-offline', major.generator, 'new', name, ...flags);
  change(folder, tarball, major);
  await run(folder, 'npm', ...INSTALL);
  await run(folder, 'npm', 'run', 'build');
  // What the build leaves out.
  await run(folder, 'npx', 'tsc', '--noEmit', '-p', 'tsconfig.json');
  await run(folder, 'npm', 'test');
  await run(folder, 'npm', 'run', 'test:e2e');
  await run(folder, 'node', '--test', 'test/node-test.mjs');
  for (const node of major.nodes) await startedApplication(folder, node);
  if (!major.lowest) return;
  edit(join(folder, 'package.json'), (manifest) => depend(manifest, major.lowest));
  await run(folder, 'npm', ...INSTALL);
  await run(folder, 'npm', 'run', 'build');
  await run(folder, 'npm', 'run', 'test:e2e');
  await startedApplication(folder, major.nodes[0]);
}

function change(folder, tarball, { versions, prepare, source = (text) => text }) {
  cpSync(templates, folder, { recursive: true });
  const controller = join(folder, 'src/app.controller.ts');
  const open = readFileSync(controller, 'utf8')
    .replace('@Get()', '@Get()\n  @Public()')
    .replace('import', "import { Public } from 'nestjs-access-tokens';\nimport");
  writeFileSync(controller, open);
  for (const file of readdirSync(folder, { recursive: true }).filter((one) =>
    one.endsWith('.ts'),
  )) {
    writeFileSync(join(folder, file), source(readFileSync(join(folder, file), 'utf8')));
  }
  edit(join(folder, 'package.json'), (manifest) => {
    for (const name of Object.keys(manifest.devDependencies)) {
      if (NOT_RUN.test(name)) delete manifest.devDependencies[name];
    }
    depend(manifest, { ...versions, 'nestjs-access-tokens': `file:${tarball}` });
  });
  prepare(folder);
}

function depend({ dependencies, devDependencies }, versions) {
  for (const [name, version] of Object.entries(versions)) {
    (name in devDependencies ? devDependencies : dependencies)[name] = version;
  }
}
