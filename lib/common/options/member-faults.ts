import { unknownNames } from './option-names.js';

/** What is no member of the option at all: a misspelt one would be passed over in silence. */
export function unknownMembers(path: string, given: object, known: readonly string[]): string[] {
  return unknownNames(`${path}.`, given, known);
}
