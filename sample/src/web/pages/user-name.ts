import type { UserSession } from 'nestjs-access-tokens';

/** What to call a user: the name if it is known. */
export function nameOf({ claims, subject }: UserSession): string {
  const { name } = claims;
  return typeof name === 'string' ? name : (subject ?? 'somebody');
}
