import { isJsonObject } from '../json.js';

/**
 * Names that were meant to be one of ours. Axios would pass over them in silence, and a forgotten scope
 * shows only as a refused call.
 */
export function misspeltFaults(prefix: string, given: object, known: readonly string[]): string[] {
  const meant = new Map(known.map((name) => [letters(name), name]));
  return Object.keys(given)
    .filter((name) => !known.includes(name) && meant.has(letters(name)))
    .map((name) => `${prefix}${name}: no option. Did you mean '${meant.get(letters(name))}'?`);
}

/** What is no option of the module at all, and was perhaps meant for a client. */
export function strangerFaults(given: object, known: readonly string[]): string[] {
  const misspelt = misspeltFaults('', given, known);
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

/** Axios defaults that would take the place of the token without anybody noticing. */
export function axiosDefaultsFaults(
  prefix: string,
  { auth, headers }: Record<string, unknown>,
  tokenHeader: unknown = 'Authorization',
): string[] {
  const faults: string[] = [];
  if (auth !== undefined) faults.push(`${prefix}auth: takes the place of the token. Remove it.`);
  const groups = isJsonObject(headers)
    ? [headers, ...Object.values(headers).filter(isJsonObject)]
    : [];
  for (const header of new Set(['Authorization', String(tokenHeader)])) {
    const isThere = (group: object) =>
      Object.keys(group).some((name) => name.toLowerCase() === header.toLowerCase());
    if (groups.some(isThere)) {
      faults.push(`${prefix}headers.${header}: takes the place of the token. Remove it.`);
    }
  }
  return faults;
}
