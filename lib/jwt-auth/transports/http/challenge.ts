import type { Refusal } from '../../errors.js';

/** The value of `WWW-Authenticate` for a refusal (RFC 6750 section 3). */
export function formatChallenge(
  realm: string,
  { error, description, scopes = [] }: Refusal,
): string {
  const parameters = [`realm="${quotable(realm)}"`];
  if (error) parameters.push(`error="${error}"`, `error_description="${quotable(description)}"`);
  if (scopes.length > 0) parameters.push(`scope="${scopes.map(quotable).join(' ')}"`);
  return `Bearer ${parameters.join(', ')}`;
}

/** Leaves only what RFC 6750 allows inside the quotes, so that no value can end the header or begin another. */
function quotable(text: string): string {
  return text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '');
}
