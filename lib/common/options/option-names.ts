/**
 * Names that were meant to be one of ours. Axios would pass over them in silence, and a forgotten scope
 * shows only as a refused call.
 */
export function misspelledOptions(
  prefix: string,
  given: object,
  known: readonly string[],
): string[] {
  const meant = new Map(known.map((name) => [letters(name), name]));
  return Object.keys(given)
    .filter((name) => !known.includes(name) && meant.has(letters(name)))
    .map((name) => `${prefix}${name}: no option. Did you mean '${meant.get(letters(name))}'?`);
}

/** More names than this are no help in one line. */
const MAX_LISTED = 10;

/**
 * Names that are none of ours, with what was meant where one of ours is like it.
 *
 * @param remedy what to do about a name that is like none of them
 */
export function unknownNames(
  prefix: string,
  given: object,
  known: readonly string[],
  remedy = known.length > MAX_LISTED ? 'Remove it.' : `Remove it; there are ${known.join(', ')}.`,
): string[] {
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = known.find((other) => isLike(letters(name), letters(other)));
      return `${prefix}${name}: no option. ${meant === undefined ? remedy : `Did you mean '${meant}'?`}`;
    });
}

/** What is no option of the module at all, and was perhaps meant for a client. */
export function unknownOptions(given: object, known: readonly string[]): string[] {
  return unknownNames('', given, known, 'Remove it, or give it to the client that it is for.');
}

/** Whether two names are the same, or but for one letter that is missing, too many or another. */
function isLike(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  let same = 0;
  while (same < short.length && short[same] === long[same]) same += 1;
  const rest = long.slice(same + 1);
  if (short === long) return true;
  return short.length > 2 && (rest === short.slice(same) || rest === short.slice(same + 1));
}

function letters(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z]/g, '')
    .replace(/s$/, '');
}
