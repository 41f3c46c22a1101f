import { isJsonObject } from '../../common/json.js';
import { textFault } from '../../common/options/checks.js';
import { isAssertionAlgorithm, readAssertionKey } from './assertion-key.js';
import type { PrivateKeyJwt } from './client-authentication.js';
import { unknownMembers } from '../../common/options/member-faults.js';
import { isKeyFault } from './private-key.js';

const MEMBERS = [
  'method',
  'key',
  'keyId',
  'algorithm',
  'audience',
  'header',
] as const satisfies (keyof PrivateKeyJwt)[];

/** What has an option of its own, or would change how the signature is checked. */
const RESERVED_HEADERS = new Map([
  ['alg', `the option 'algorithm'`],
  ['kid', `the option 'keyId'`],
  ['b64', 'the kind of the assertion'],
  ['crit', 'the kind of the assertion'],
]);

/** What is wrong with `clientAuthentication` by `private_key_jwt`. Never repeats anything of the key. */
export function assertionFaults(path: string, options: object): string[] {
  const { key, keyId, algorithm, audience, header }: Record<string, unknown> = { ...options };
  const known = algorithm === undefined || isAssertionAlgorithm(algorithm);
  return [
    ...unknownMembers(path, options, MEMBERS),
    keyFault(`${path}.key`, key, known && typeof algorithm === 'string' ? algorithm : undefined),
    known ? undefined : `${path}.algorithm: unknown value. Use one such as 'RS256' or 'ES256'.`,
    keyId === undefined ? undefined : textFault(`${path}.keyId`, keyId),
    audience === undefined ? undefined : textFault(`${path}.audience`, audience),
    ...headerFaults(`${path}.header`, header),
  ].filter((fault) => fault !== undefined);
}

function keyFault(path: string, key: unknown, algorithm: string | undefined): string | undefined {
  if (key === undefined) {
    return `${path}: missing. Give the private key as PEM text or JWK, a function that gets it, or a signer.`;
  }
  if (typeof key === 'function') return undefined;
  const reading = readAssertionKey(key, algorithm);
  return isKeyFault(reading) ? `${path}: ${reading.problem}. ${reading.advice}` : undefined;
}

function headerFaults(path: string, header: unknown): string[] {
  if (header === undefined) return [];
  if (!isJsonObject(header) || !isJson(header)) {
    return [`${path}: not an object of JSON values. Give the members by their names.`];
  }
  return [...RESERVED_HEADERS]
    .filter(([name]) => name in header)
    .map(([name, decider]) => `${path}.${name}: is decided by ${decider}. Remove it here.`);
}

function isJson(value: object): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
