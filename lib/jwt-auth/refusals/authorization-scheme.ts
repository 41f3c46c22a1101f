/**
 * The names that may be shown: what stands before the first blank can be the token itself. The registered ones, and those
 * that applications use.
 */
const SCHEMES =
  'Basic Digest DPoP GNAP HOBA Mutual Negotiate OAuth PrivateToken SCRAM-SHA-1 SCRAM-SHA-256 vapid JWT Token ApiKey NTLM AWS4-HMAC-SHA256'.split(
    ' ',
  );

/** How credentials came that are none of the scheme Bearer, in words that hold nothing of them. */
export function shownScheme(authorization: string): string {
  const [name = '', ...rest] = authorization.trim().split(' ', 2);
  const scheme = SCHEMES.find((known) => known.toLowerCase() === name.toLowerCase());
  if (scheme) return `with the scheme ${scheme}`;
  return rest.length > 0 ? 'with another scheme than Bearer' : 'without the word Bearer';
}

/** What to do about it. */
export function schemeAdvice(shown: string): string {
  if (shown.endsWith('DPoP'))
    return 'Proofs of possession cannot be checked here: let the client get a token without DPoP, and send it as Authorization: Bearer.';
  if (shown.startsWith('without'))
    return 'The client must send Authorization: Bearer, a blank and the token. In Swagger, describe it with addBearerAuth(), not as an API key.';
  return 'The client must send it as Authorization: Bearer.';
}
