import type { KeyObject } from 'node:crypto';
import { types } from 'node:util';
import { SignJWT } from 'jose';
import { isJsonObject } from '../../common/json.js';
import type { AssertionSigner } from './client-authentication.js';
import { readSource, UnreadableCredentialsError } from './client-credentials.js';
import { algorithmsOf, isKeyFault, readPrivateKey, type KeyFault } from './private-key.js';

/** The algorithms of assertions, and how long a signature is where that is fixed, in bytes. */
const SIGNATURES: ReadonlyMap<unknown, number | undefined> = new Map([
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map(
    (name) => [name, undefined] as const,
  ),
  ['ES256', 64],
  ['ES384', 96],
  ['ES512', 132],
  ['EdDSA', undefined],
  ['Ed25519', 64],
]);

type Members = Readonly<Record<string, unknown>>;

/** Something that signs assertions, wherever the key is. */
export interface AssertionKey {
  readonly algorithm: string;
  /** The name that the key itself has. */
  readonly keyId: string | undefined;
  /** @throws {UnreadableCredentialsError} */
  sign(header: Members, claims: Members): Promise<string>;
}

export function isAssertionAlgorithm(value: unknown): boolean {
  return SIGNATURES.has(value);
}

/** Something given or gotten as a key, made ready to sign. */
export function readAssertionKey(value: unknown, wanted?: string): AssertionKey | KeyFault {
  if (isSigner(value)) return remoteKey(value, wanted);
  const key = readPrivateKey(value);
  if (isKeyFault(key)) return key;
  const { alg, kid }: Members = isJsonObject(value) ? value : {};
  const fitting = algorithmsOf(key);
  const algorithm = wanted ?? alg ?? fitting[0];
  if (typeof algorithm !== 'string' || !fitting.includes(algorithm)) {
    return {
      problem: 'a key that the algorithm does not fit',
      advice: `Use ${fitting.join(' or ')}.`,
    };
  }
  return localKey(key, algorithm, typeof kid === 'string' ? kid : undefined);
}

export function isSigner(value: unknown): value is AssertionSigner {
  return isJsonObject(value) && typeof value['sign'] === 'function';
}

function localKey(key: KeyObject, algorithm: string, keyId: string | undefined): AssertionKey {
  return {
    algorithm,
    keyId,
    sign: (header, claims) =>
      new SignJWT(claims).setProtectedHeader({ ...header, alg: algorithm }).sign(key),
  };
}

function remoteKey(signer: AssertionSigner, wanted: string | undefined): AssertionKey | KeyFault {
  const { algorithm } = signer;
  if (!isAssertionAlgorithm(algorithm) || (wanted ?? algorithm) !== algorithm) {
    return {
      problem: 'a signer whose algorithm is none for assertions, or not the one of the options',
      advice: `Give it as 'algorithm' of the signer: ${[...SIGNATURES.keys()].join(', ')}.`,
    };
  }
  return {
    algorithm,
    keyId: undefined,
    async sign(header, claims) {
      const input = [{ ...header, alg: algorithm }, claims].map(encoded).join('.');
      const signature: unknown = await readSource(() => signer.sign(Buffer.from(input)));
      return `${input}.${Buffer.from(usable(signature, algorithm)).toString('base64url')}`;
    },
  };
}

function usable(signature: unknown, algorithm: string): Uint8Array {
  if (!types.isUint8Array(signature) || signature.byteLength === 0) {
    throw new UnreadableCredentialsError('sign gave no signature');
  }
  const length = SIGNATURES.get(algorithm) ?? signature.byteLength;
  if (signature.byteLength === length) return signature;
  // Most key services answer in DER, which every authorization server refuses without a word why.
  throw new UnreadableCredentialsError(
    `sign gave a signature of ${signature.byteLength} bytes where ${algorithm} has ${length}, r and s one after the other and not in DER`,
  );
}

function encoded(members: Members): string {
  return Buffer.from(JSON.stringify(members)).toString('base64url');
}
