import { createHash } from 'node:crypto';

/** What a store is asked for the tokens of a user with. @param server the issuer or the token endpoint of the application */
export function placeOf(user: string, server: string, clientId = 'web'): string {
  return digestOf([digestOf([server, clientId]), user]);
}

function digestOf(everything: unknown): string {
  return createHash('sha256').update(JSON.stringify(everything)).digest('base64url');
}
