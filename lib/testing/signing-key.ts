import {
  constants,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { VerificationKey } from '../jwt-auth/keys/verification-key.js';
import { TestKitError } from './test-kit.error.js';

/** Which algorithm is taken where the application accepts several: the quick ones first. */
const PREFERRED =
  'ES256 EdDSA Ed25519 ES384 ES512 RS256 PS256 RS384 PS384 RS512 PS512 HS256 HS384 HS512'.split(
    ' ',
  );

const CURVES: Record<string, string> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** The key of an authorization server that only exists in a test. */
export class SigningKey {
  readonly kid = `test-${randomBytes(6).toString('hex')}`;
  /** What the application checks its signatures with. */
  readonly verification: VerificationKey;
  /** As a key set shows it; nothing where it is a secret. */
  readonly publicJwk: Readonly<Record<string, unknown>> | undefined;
  readonly #secret = randomBytes(64);
  readonly #privateKey: KeyObject | undefined;

  constructor(readonly algorithm: string) {
    if (algorithm.startsWith('HS')) {
      this.verification = VerificationKey.ofSecret(this.#secret);
      return;
    }
    const { publicKey, privateKey } = pairFor(algorithm);
    this.#privateKey = privateKey;
    const { kid } = this;
    this.publicJwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
    const verification = VerificationKey.read(this.publicJwk);
    if (!verification) throw new TestKitError(`No key can be made for ${algorithm}.`);
    this.verification = verification;
  }

  /** Signs the first two parts of a token (RFC 7515 section 5.1). */
  sign(input: string): Buffer {
    const hash = `sha${this.algorithm.slice(2)}`;
    const key = this.#privateKey;
    if (!key) return createHmac(hash, this.#secret).update(input).digest();
    const data = Buffer.from(input);
    if (key.asymmetricKeyType === 'ed25519') return sign(null, data, key);
    if (!this.algorithm.startsWith('PS'))
      return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
    const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
    return sign(hash, data, { key, padding, saltLength });
  }
}

/** One of the algorithms that an issuer of the application may sign with. */
export function algorithmFor(accepted: ReadonlySet<string>): string {
  const found = PREFERRED.find((name) => accepted.has(name));
  if (found === undefined) throw new TestKitError('algorithms: the application accepts none.');
  return found;
}

function pairFor(algorithm: string): { publicKey: KeyObject; privateKey: KeyObject } {
  const namedCurve = CURVES[algorithm];
  if (namedCurve) return generateKeyPairSync('ec', { namedCurve });
  return algorithm.startsWith('Ed')
    ? generateKeyPairSync('ed25519')
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
}
