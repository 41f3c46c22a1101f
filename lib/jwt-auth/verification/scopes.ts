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
  return new Set(scopeTextsIn(value));
}

/** The scopes in the value of a claim, in all of these shapes; the same one perhaps several times. */
export function scopeTextsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(' ').filter((scope) => scope !== '');
  return Array.isArray(value) ? value.flatMap(textsInMember) : [];
}

function textsInMember(member: unknown): readonly string[] {
  return typeof member === 'string' ? scopeTextsIn(member) : [];
}
