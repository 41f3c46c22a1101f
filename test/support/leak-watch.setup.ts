import { leaks, noteShown } from './leak-watch.js';

/*
 * For every test file: nothing that was logged, thrown, printed or explained in it holds a secret or a token
 * that was in use in it, in whatever form it is looked at.
 */

for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = ((...given: Parameters<typeof write>) => {
    noteShown('printed', String(given[0]));
    return write(...given);
  }) as typeof stream.write;
}

afterAll(() => {
  const found = leaks();
  if (found.length > 0) throw new Error(`Secrets were shown:\n${found.join('\n')}`);
});
