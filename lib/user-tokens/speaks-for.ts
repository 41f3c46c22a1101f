import type { VerifiedToken } from '../common/verified-token.js';

/** Whom a token surely speaks for; nobody where that is not sure, or where it names no user. */
export function speaksFor({
  isUser,
  isClient,
  subject,
}: VerifiedToken): 'user' | 'client' | 'nobody' {
  if (isUser === isClient) return 'nobody';
  if (isClient) return 'client';
  return subject === undefined ? 'nobody' : 'user';
}
