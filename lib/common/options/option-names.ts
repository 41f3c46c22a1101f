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

/** What is no option of the module at all, and was perhaps meant for a client. */
export function unknownOptions(given: object, known: readonly string[]): string[] {
  const misspelt = misspelledOptions('', given, known);
  const suggested = (name: string) => misspelt.some((fault) => fault.startsWith(`${name}: `));
  const strangers = Object.keys(given).filter((name) => !known.includes(name) && !suggested(name));
  return [
    ...misspelt,
    ...strangers.map(
      (name) => `${name}: no option. Remove it, or give it to the client that it is for.`,
    ),
  ];
}

function letters(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z]/g, '')
    .replace(/s$/, '');
}
