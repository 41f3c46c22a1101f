import { generateKeyPairSync, sign } from 'node:crypto';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

export const audience = 'https://orders.example.com';
/** The key that the tokens are signed with, in the two forms that keys are given in. */
export const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
export const jwk = { ...publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: '1' };

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** An access token with these claims, such as `{ iss, scope: 'orders.read' }`. */
export function tokenWith(claims: object): string {
  const exp = Math.floor(Date.now() / 1000) + 300;
  const payload = { aud: audience, exp, client_id: 'tests', sub: 'alice', ...claims };
  const text = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: '1' })}.${encode(payload)}`;
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}
