import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';
import ts from 'typescript';

/*
 * Makes of what `nest build` leaves, a file for each one of lib/, what is published: a file for each entry point that the
 * package has, and what they share. One file loads in a fraction of the time that hundreds take. The compiler stays tsc:
 * nothing else writes types, and the metadata of decorators that Nest needs.
 */
const COMPILED = 'build';
const PUBLISHED = 'dist';

const { exports }: { exports: Record<string, string | { default: string }> } = JSON.parse(
  readFileSync('package.json', 'utf8'),
);

/** The entry points that package.json has, as paths within either folder, without an ending. */
const entries = Object.values(exports)
  .flatMap((target) => (typeof target === 'string' ? [] : [target.default]))
  .map((file) => file.replace(`./${PUBLISHED}/`, '').replace(/\.js$/, ''));

/** So that source maps lead to lib/, and not to what tsc has made of it. */
const mapsOfTsc: Plugin = {
  name: 'maps-of-tsc',
  load: (id) => ({
    code: readFileSync(id, 'utf8'),
    map: readFileSync(`${id}.map`, 'utf8'),
  }),
};

/** Copies the types that can be reached from the entry points, as tsc has written them. Those of other files are of no use. */
const typesOfTsc: Plugin = {
  name: 'types-of-tsc',
  writeBundle() {
    const files = new Set(entries.map((entry) => `${entry}.d.ts`));
    for (const file of files) {
      const text = readFileSync(join(COMPILED, file), 'utf8');
      for (const { fileName } of ts.preProcessFile(text).importedFiles) {
        if (!fileName.startsWith('.')) continue;
        files.add(join(dirname(file), fileName.replace(/\.([cm]?)js$/, '.d.$1ts')));
      }
      mkdirSync(dirname(join(PUBLISHED, file)), { recursive: true });
      copyFileSync(join(COMPILED, file), join(PUBLISHED, file));
    }
  },
};

export default defineConfig({
  input: Object.fromEntries(entries.map((entry) => [entry, `./${COMPILED}/${entry}.js`])),
  // Everything that is not a file of this package.
  external: (id) => !id.startsWith('.') && !isAbsolute(id),
  platform: 'node',
  plugins: [mapsOfTsc, typesOfTsc],
  output: {
    dir: PUBLISHED,
    cleanDir: true,
    // What belongs to one entry point is named after it; what belongs to more would be named after any of its files.
    chunkFileNames: ({ name, moduleIds }) =>
      `shared/${entries.includes(name) || moduleIds.length === 0 ? name : 'common'}.js`,
    sourcemap: true,
    // Doc comments are in the types.
    comments: { jsdoc: false },
    // Nest names classes in its messages, and two files may each have one of the same name.
    keepNames: true,
  },
});
