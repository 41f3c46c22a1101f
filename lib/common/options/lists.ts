/** The values of an option that is one string or several. */
export function toArray(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** The scopes in an option, each once. */
export function splitScopes(value: string | readonly string[] | undefined): string[] {
  return [...new Set(toArray(value).flatMap((text) => text.split(' ')))].filter(Boolean);
}
