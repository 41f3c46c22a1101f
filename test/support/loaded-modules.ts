import { spawnSync } from 'node:child_process';

/** Prints the URL of every module that is loaded, on its standard error. */
const PRINTING = `
export async function load(url, context, next) {
  process._rawDebug(url);
  return next(url, context);
}`;

/** The packages that a program in a process of its own has loaded once it has imported something. */
export function packagesLoadedBy(specifier: string): Set<string> {
  const hooks = `data:text/javascript,${encodeURIComponent(PRINTING)}`;
  const program = `
    import { register } from 'node:module';
    register(${JSON.stringify(hooks)});
    await import(${JSON.stringify(specifier)});`;
  const { stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', program],
    {
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    },
  );
  if (status !== 0) throw new Error(stderr);
  const found = stderr.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)\//g);
  return new Set([...found].map(([, name = '']) => name));
}
