import { createECDH, createHash, createPrivateKey } from 'node:crypto';
import { decodeJwt, importJWK, jwtVerify, type JWK } from 'jose';
import { type Part, forgeSigned, publicPart } from '../../support/forge.js';
import { seed } from './settings.js';

export const AUDIENCE = 'https://api.example.com';

/** Before a private key of Ed25519 in PKCS #8 (RFC 8410 section 7). */
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An issuer whose keys are the same for the same seed. */
export class TestIssuer {
  readonly keys: readonly JWK[];

  constructor(readonly issuer: string) {
    this.keys = [ed25519Key(`${issuer} 1`), p256Key(`${issuer} 2`)];
  }

  get jwks(): { keys: JWK[] } {
    return { keys: this.keys.map(publicPart) };
  }

  key(index: number): JWK {
    return this.keys[index % this.keys.length] as JWK;
  }

  header(index: number): Record<string, unknown> {
    const { kid, alg } = this.key(index);
    return { typ: 'at+jwt', alg, kid };
  }

  claims(nowMs: number, more: object = {}): Record<string, unknown> {
    const now = Math.floor(nowMs / 1000);
    return {
      iss: this.issuer,
      aud: AUDIENCE,
      sub: 'alice',
      client_id: 'web',
      scope: 'read write',
      jti: 'id-1',
      iat: now,
      exp: now + 30 * 86_400,
      ...more,
    };
  }

  sign(header: Part, claims: Part, key: number): string {
    return forgeSigned(header, claims, this.key(key));
  }

  /** What another implementation says of a token: its claims, if one of the keys has signed it for this audience. */
  async judge(token: string, nowMs: number, toleranceSeconds: number): Promise<object | undefined> {
    for (const key of this.jwks.keys) {
      const judged = await jwtVerify(token, await importJWK(key, key.alg), {
        issuer: this.issuer,
        audience: AUDIENCE,
        algorithms: [String(key.alg)],
        currentDate: new Date(nowMs),
        clockTolerance: toleranceSeconds,
        requiredClaims: ['exp'],
      }).catch(() => undefined);
      if (judged) return judged.payload;
    }
    return undefined;
  }
}

/** The issuer that a token names, as another implementation reads it. */
export function issuerIn(token: string): unknown {
  return decodeJwt(token).iss;
}

function bytesFor(name: string): Buffer {
  return createHash('sha256').update(`${seed} ${name}`).digest();
}

function ed25519Key(name: string): JWK {
  const der = Buffer.concat([ED25519_PREFIX, bytesFor(name)]);
  const jwk = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'jwk',
  });
  return { ...(jwk as JWK), kid: name, alg: 'EdDSA', use: 'sig' };
}

function p256Key(name: string): JWK {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(bytesFor(name));
  const point = ecdh.getPublicKey();
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((one) =>
    one.toString('base64url'),
  );
  const d = bytesFor(name).toString('base64url');
  return {
    kty: 'EC',
    crv: 'P-256',
    x: x ?? '',
    y: y ?? '',
    d,
    kid: name,
    alg: 'ES256',
    use: 'sig',
  };
}
