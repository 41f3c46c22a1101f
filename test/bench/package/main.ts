import { circumstances, number, range, table } from '../common/report/table.js';
import { spreadOf } from '../common/statistics.js';
import { compareImports, FORMS } from './import-time.js';
import { packedSize } from './packed-size.js';

const ROUNDS = 7;
const GOAL = 0.6;

const { packed, unpacked, files } = packedSize();
console.log(
  `The tarball: ${packed} KB packed, ${unpacked} KB unpacked, ${files} files. ${circumstances()}\n`,
);

const rows = compareImports(ROUNDS).flatMap(({ after, times }) => {
  const published = spreadOf(times.map((round) => round.published));
  const compiled = spreadOf(times.map((round) => round.compiled));
  const ratio = spreadOf(times.map((round) => round.published / round.compiled));
  const line = (name: string, spread: typeof ratio) => [
    name,
    after,
    number(spread.median),
    range(spread),
  ];
  return [
    line(`${FORMS.published}, ms`, published),
    line(`${FORMS.compiled}, ms`, compiled),
    line(`the one as a part of the other`, ratio),
  ];
});

console.log(table(['import of the package', 'after', 'median', 'range'], rows));
console.log(`\nGoal: after Nest, Axios and Passport, at most ${GOAL} of what tsc's files take.`);
