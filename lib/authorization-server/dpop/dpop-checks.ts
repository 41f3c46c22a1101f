import { isJsonObject } from '../../common/json.js';
import { functionFault } from '../../common/options/checks.js';
import { misspelledOptions } from '../../common/options/option-names.js';
import type { DPoPOptions } from './dpop.options.js';
import { DPOP_ALGORITHMS, fits, readKeyPair } from './dpop-key-pair.js';

const OPTIONS = ['algorithm', 'key', 'claims'] as const satisfies (keyof DPoPOptions)[];

/** What is wrong with the option `dpop`. */
export function dpopFaults(path: string, value: unknown): string[] {
  if (value === undefined || typeof value === 'boolean') return [];
  if (!isJsonObject(value))
    return [`${path}: neither a boolean nor an object. Give true, or an object with options.`];
  const { algorithm, key, claims } = value;
  return [
    ...misspelledOptions(`${path}.`, value, OPTIONS),
    algorithmFault(path, algorithm),
    keyFault(path, key, algorithm),
    functionFault(`${path}.claims`, claims),
  ].filter((fault) => fault !== undefined);
}

/** A proof is for one URL, and so of no use at the next. */
export function dpopRedirectFault(
  prefix: string,
  dpop: unknown,
  maxRedirects: unknown,
): string | undefined {
  return dpop && maxRedirects
    ? `${prefix}maxRedirects: cannot be followed with tokens bound to a key (dpop). Remove it, or give 0.`
    : undefined;
}

function algorithmFault(path: string, algorithm: unknown): string | undefined {
  return algorithm === undefined || DPOP_ALGORITHMS.some((known) => known === algorithm)
    ? undefined
    : `${path}.algorithm: unknown. Use one of ${DPOP_ALGORITHMS.join(', ')}.`;
}

/** Never repeats anything of the key. */
function keyFault(path: string, jwk: unknown, algorithm: unknown): string | undefined {
  if (jwk === undefined) return undefined;
  const key = isJsonObject(jwk) ? readKeyPair(jwk) : undefined;
  if (!key || !isJsonObject(jwk))
    return `${path}.key: not a private key as a JWK. Give all of its members, the private ones too; keys that only decrypt are of no use.`;
  const wanted = algorithm ?? jwk['alg'] ?? 'ES256';
  const usable = DPOP_ALGORITHMS.find((known) => known === wanted);
  if (usable && fits(key, usable)) return undefined;
  const fitting = DPOP_ALGORITHMS.filter((known) => fits(key, known));
  return fitting.length > 0
    ? `${path}.algorithm: does not fit the key. Use ${fitting.join(' or ')}.`
    : `${path}.key: of a kind or size that no algorithm of proofs is for. Use a key for one of ${DPOP_ALGORITHMS.join(', ')}; RSA with 2048 bits or more.`;
}
