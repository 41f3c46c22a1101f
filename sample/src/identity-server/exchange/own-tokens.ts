import { createLocalJWKSet, jwtVerify, type JWK, type JWTPayload } from 'jose';
import type { SigningKey } from '../signing-key.js';

/** What matters here of an access token. */
export interface OwnToken extends JWTPayload {
  sub: string;
  exp: number;
  client_id: string;
}

/** Answers what an access token says, or nothing when it is not one of ours, good now, for this API. */
export type OwnTokenReader = (token: string, audience?: string) => Promise<OwnToken | undefined>;

/** Checks access tokens of this authorization server, as an API would: by its keys, and its keys alone. */
export function ownTokens(issuer: string, keys: readonly SigningKey[]): OwnTokenReader {
  const published = createLocalJWKSet({ keys: keys.map(publicHalf) });
  const algorithms = keys.map(({ alg }) => alg);
  return async (token, audience) => {
    const { payload } = await jwtVerify(token, published, {
      issuer,
      algorithms,
      typ: 'at+jwt',
      ...(audience === undefined ? {} : { audience }),
    }).catch(() => ({ payload: {} }));
    return isComplete(payload) ? payload : undefined;
  };
}

function isComplete(payload: JWTPayload): payload is OwnToken {
  const { sub, exp, client_id } = payload;
  return typeof sub === 'string' && typeof exp === 'number' && typeof client_id === 'string';
}

function publicHalf({ kty, kid, alg, use, n, e, crv, x, y }: SigningKey): JWK {
  const members = { kty, kid, alg, use, n, e, crv, x, y };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
