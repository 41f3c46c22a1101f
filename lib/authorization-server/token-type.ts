/** How a token is sent, spelled as the `Authorization` header wants it. */
export type TokenType = 'Bearer' | 'DPoP';

/** Each needs a proof beside the token (RFC 9449 and drafts): sent as a Bearer token it would be no use. */
const BOUND: ReadonlySet<string> = new Set(['dpop', 'mac', 'pop']);

/**
 * What is wrong with the `token_type` of an answer (RFC 6749 section 7.1). One that is missing is Bearer, unless the token was
 * to be bound to a key; one that nobody knows is what the option `tokenType` says.
 */
export function tokenTypeFault(
  type: unknown,
  expected: TokenType,
  option: 'Bearer' | undefined,
): string | undefined {
  if (type === undefined || type === null || type === '') {
    return expected === 'Bearer' ? undefined : 'answered without a token_type';
  }
  const named = typeof type === 'string' ? type.toLowerCase() : undefined;
  if (named === expected.toLowerCase()) return undefined;
  const other = `answered with a token_type other than ${expected}, which is what this client uses`;
  if (expected !== 'Bearer' || named === undefined || BOUND.has(named)) return other;
  return option === 'Bearer'
    ? undefined
    : `${other}. If its tokens are Bearer tokens all the same, give the option tokenType: 'Bearer'`;
}
