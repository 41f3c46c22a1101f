/** RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Whether a text is one scope, and not, say, two with a space between them. */
export function isScope(text: string): boolean {
  return SCOPE.test(text);
}

/**
 * The scopes of a token: from the first of `claimNames` that is present. Servers disagree on the shape:
 * one string with spaces (RFC 9068), an array (Okta's `scp`), an array of such strings.
 */
export function scopesOf(
  claims: Readonly<Record<string, unknown>>,
  claimNames: readonly string[],
): Set<string> {
  const name = claimNames.find((candidate) => Object.hasOwn(claims, candidate));
  const value = name === undefined ? undefined : claims[name];
  const scopes = new Set<string>();
  if (Array.isArray(value)) for (const member of value) addScopes(scopes, member);
  else addScopes(scopes, value);
  return scopes;
}

function addScopes(scopes: Set<string>, value: unknown): void {
  if (typeof value !== 'string') return;
  for (const scope of value.split(' ')) if (scope !== '') scopes.add(scope);
}
