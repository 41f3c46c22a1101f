import { misspelledOptions } from './option-names.js';

/** What is no member of the option at all: a misspelt one would be passed over in silence. */
export function unknownMembers(path: string, given: object, known: readonly string[]): string[] {
  const misspelt = misspelledOptions(`${path}.`, given, known);
  const suggested = (name: string) =>
    misspelt.some((fault) => fault.startsWith(`${path}.${name}: `));
  const strangers = Object.keys(given).filter((name) => !known.includes(name) && !suggested(name));
  return [
    ...misspelt,
    ...strangers.map(
      (name) => `${path}.${name}: no option. Remove it; there are ${known.join(', ')}.`,
    ),
  ];
}
