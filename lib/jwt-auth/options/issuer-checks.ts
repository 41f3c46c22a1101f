import { isJsonObject } from '../../common/json.js';
import { audienceNameFault, issuerNameFault } from '../../common/options/name-fault.js';
import { urlFault } from '../../common/secure-url.js';
import { type IssuerOptions, type KeyOptions } from './issuer.options.js';
import { SIGNATURE_ALGORITHMS, type TokenRules } from './token-rules.options.js';
import type { ReachOptions } from './reach.options.js';
import { isClaimKeys, isClaimPath } from '../verification/claim-path.js';
import { isScope } from '../verification/scopes.js';
import { staticKeyFault } from '../keys/static-keys.js';
import {
  type Check,
  type Checks,
  isBoolean,
  isText,
  isTextOrList,
  oneOf,
  optional,
} from './checks.js';
import { subjectKindFault } from './subject-kind-check.js';

const MAX_TOLERANCE_SECONDS = 300;

/** The options that say which tokens are good: for all issuers or for one of them. */
export const TOKEN_RULE_CHECKS: Checks<TokenRules> = {
  audience: optional((path, value) =>
    isTextOrList(value, isText)
      ? [value]
          .flat()
          .map((name) => audienceNameFault(path, String(name)))
          .find(Boolean)
      : `${path}: not a name or a list of names. ${AUDIENCE_HINT}`,
  ),
  audienceClaims: optional((path, value) =>
    Array.isArray(value) && value.length > 0 && value.every(isClaimPath)
      ? undefined
      : `${path}: must be a list of claim names or paths, such as ['aud', 'client_id'].`,
  ),
  algorithms: optional((path, value) =>
    Array.isArray(value) && isTextOrList(value, isAlgorithm)
      ? undefined
      : `${path}: must be a list of ${SIGNATURE_ALGORITHMS.join(', ')}. Symmetric algorithms are accepted only with the option secret, and 'none' never is.`,
  ),
  profile: oneOf('auto', 'rfc9068'),
  scopeClaims: optional((path, value) =>
    Array.isArray(value) && isTextOrList(value, isText)
      ? undefined
      : `${path}: must be a list of claim names, such as ['scope', 'scp'].`,
  ),
  impliedScopes: optional((path, value) =>
    isImplication(value)
      ? undefined
      : `${path}: must give a list of scopes for each scope that stands for them, such as { admin: ['orders.read'] }.`,
  ),
  roleClaims: optional(isClaimPaths),
  permissionClaims: optional(isClaimPaths),
  clockToleranceSeconds: optional((path, value) =>
    isBetween(value, 0, MAX_TOLERANCE_SECONDS)
      ? undefined
      : `${path}: ${String(value)} is not between 0 and ${MAX_TOLERANCE_SECONDS}. If clocks are further apart, set the clocks right.`,
  ),
  maxTokenAgeSeconds: optional((path, value) =>
    isBetween(value, 1, Number.MAX_SAFE_INTEGER)
      ? undefined
      : `${path}: ${String(value)} is not a number of seconds above zero. Give one such as 3600, or leave the option out.`,
  ),
  subjectKind: subjectKindFault,
  acceptUnmarkedTokens: isBoolean,
};

const AUDIENCE_HINT =
  "Give the identifier under which the authorization server knows this API, such as 'https://orders.example.com'.";

/**
 * The option `issuer`, where it is given: a name (RFC 7519 section 4.1.1), and an address only where its metadata is
 * fetched from there.
 */
export function issuerCheck(allowInsecureHttp: boolean): Check<KeyOptions> {
  return (path, value, options) => {
    const fault =
      typeof value === 'string' ? issuerNameFault(path, value, 'resolveIssuer') : undefined;
    if (fault) return fault;
    return KEY_SOURCES.some((name) => options[name] !== undefined)
      ? plainNameFault(path, value)
      : addressFault(path, value, allowInsecureHttp);
  };
}

function plainNameFault(path: string, value: unknown): string | undefined {
  return typeof value === 'string' && value !== ''
    ? undefined
    : `${path}: must be the text that tokens have as their iss.`;
}

function addressFault(path: string, value: unknown, allowInsecureHttp: boolean) {
  const fault = urlFault(path, value, allowInsecureHttp);
  if (fault) {
    return typeof value === 'string' && value !== ''
      ? `${fault} If it is a name and no address, say where its keys are: jwksUri, jwks, publicKey or secret.`
      : fault;
  }
  return /[?#]/.test(String(value))
    ? `${path}: '${String(value)}' has a query or a fragment, which an issuer never has.`
    : undefined;
}

/** The options that say where the keys are. */
export function keyChecks(allowInsecureHttp: boolean): Checks<KeyOptions> {
  return {
    jwksUri: optional((path, value) => urlFault(path, value, allowInsecureHttp)),
    jwks: optional((path, value) =>
      isJsonObject(value) && Array.isArray(value['keys'])
        ? staticKeyFault(path, { jwks: value })
        : `${path}: must be a key set: { keys: [...] }.`,
    ),
    publicKey: optional((path, value) => staticKeyFault(path, { publicKey: value })),
    secret: optional((path, value) => staticKeyFault(path, { secret: value })),
    jwksClient: optional((path, value) =>
      typeof value === 'object' &&
      value !== null &&
      typeof Reflect.get(value, 'getKeys') === 'function'
        ? undefined
        : `${path}: must be a JwksClient of jwks-rsa, or have its method getKeys().`,
    ),
  };
}

/** All options of one issuer. */
export function issuerChecks(allowInsecureHttp: boolean): Checks<IssuerOptions> {
  return {
    issuer: issuerCheck(allowInsecureHttp),
    ...TOKEN_RULE_CHECKS,
    ...keyChecks(allowInsecureHttp),
    ...REACH_CHECKS,
  };
}

/** The options that say how authorization servers are reached; what is in `backchannel` is checked beside. */
export const REACH_CHECKS: Checks<ReachOptions> = {
  backchannel: () => undefined,
  allowInsecureHttp: isBoolean,
};

/** The sources of public keys, which exclude each other. */
const PUBLIC_KEY_SOURCES = ['jwksUri', 'jwks', 'publicKey', 'jwksClient'] as const;
const KEY_SOURCES = [...PUBLIC_KEY_SOURCES, 'secret'] as const;

/** Whether the keys of an issuer were given by hand, and are not those that its metadata name. */
export function hasKeys(options: KeyOptions): boolean {
  return KEY_SOURCES.some((name) => options[name] !== undefined);
}

/** Whether nothing but HMAC can be checked. */
export function hasSecretOnly(options: KeyOptions): boolean {
  return (
    options.secret !== undefined && PUBLIC_KEY_SOURCES.every((name) => options[name] === undefined)
  );
}

/** Says that an issuer has keys from more than one place, or algorithms that its keys cannot have. */
export function keySourceFaults(
  prefix: string,
  options: KeyOptions & TokenRules & ReachOptions,
): string[] {
  const given = PUBLIC_KEY_SOURCES.filter((name) => options[name] !== undefined);
  const faults: string[] = [];
  if (given.length > 1)
    faults.push(`${prefix}${given[1]}: given together with ${given[0]}. Give one of them.`);
  if (options.backchannel !== undefined && hasKeys(options) && options.jwksUri === undefined) {
    faults.push(
      `${prefix}backchannel: given together with ${given[0] ?? 'secret'}, where it has nothing to fetch. Remove one of them.`,
    );
  }
  if (hasSecretOnly(options) && options.algorithms !== undefined) {
    faults.push(
      `${prefix}algorithms: with a secret they are HS256, HS384 and HS512, as far as it is long enough. Leave the option out, or say where the public keys are as well: jwksUri, jwks or publicKey.`,
    );
  }
  return faults;
}

/** Says that nobody told who this API is. */
export function missingAudience(path: string): string {
  return `${path}: missing. ${AUDIENCE_HINT}`;
}

function isBetween(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && value >= min && value <= max;
}

function isAlgorithm(text: string): boolean {
  return SIGNATURE_ALGORITHMS.some((algorithm) => algorithm === text);
}

function isImplication(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  return Object.entries(value).every(([scope, implied]) => isScope(scope) && isScopeList(implied));
}

function isScopeList(value: unknown): boolean {
  return Array.isArray(value) && isTextOrList(value, isScope);
}

function isClaimPaths(path: string, value: unknown): string | undefined {
  return Array.isArray(value) &&
    value.length > 0 &&
    value.every((place) => isClaimPath(place) || isClaimKeys(place))
    ? undefined
    : `${path}: must be a list of claim names, or of paths such as ['realm_access', 'roles']. Where the names in an object count, write { path, keys: true }.`;
}
