import { systemClock } from '../../common/clock.js';
import { ConfigurationError } from '../../common/configuration.error.js';
import { excerpt } from '../../common/excerpt.js';
import { isJsonObject } from '../../common/json.js';
import type { IssuerOptions } from './issuer.options.js';
import type { JwtAuthOptions } from './jwt-auth.options.js';
import { isScope } from '../verification/scopes.js';
import { backchannelFaults } from './resolve-backchannel.js';
import {
  type Checks,
  faultsIn,
  isBoolean,
  isFunction,
  isTextOrList,
  listOf,
  oneOf,
  optional,
} from './checks.js';
import {
  issuerCheck,
  keyChecks,
  keySourceFaults,
  missingAudience,
  REACH_CHECKS,
  TOKEN_RULE_CHECKS,
} from './issuer-checks.js';
import { KnownIssuers } from './known-issuers.js';
import { issuerFaults, resolveIssuer } from './resolve-issuer.js';
import type { ResolvedOptions } from './resolved-options.js';

/**
 * Checks all options and fills in the defaults.
 *
 * @throws {ConfigurationError} that lists every fault there is
 */
export function resolveOptions(options: JwtAuthOptions): ResolvedOptions {
  const given: JwtAuthOptions = isJsonObject(options) ? options : {};
  const issuers = issuersOf(given);
  const faults = [
    ...sharedFaults(given),
    ...faultsIn(given, moduleChecks(given.allowInsecureHttp === true)),
    ...backchannelFaults('backchannel', given.backchannel),
    ...keySourceFaults('', given),
    ...listed(given.issuers).flatMap((entry, i) => issuerFaults(`issuers[${i}]`, entry, given)),
  ];
  faults.push(...twiceFaults(issuers));
  if (faults.length > 0) throw new ConfigurationError('JwtAuthModule', faults);
  const { isRevoked, onValidated, onFailure, claimsSchema, jwtFromRequest } = given;
  const resolved = issuers.map((issuer) => resolveIssuer(issuer, given));
  return {
    isRevoked,
    onValidated,
    onFailure,
    claimsSchema,
    jwtFromRequest,
    issuers: resolved,
    knownIssuers: new KnownIssuers(resolved),
    sharedRules: resolveIssuer('', given),
    resolveIssuer: given.resolveIssuer && ((issuer) => resolveAtRunTime(issuer, given)),
    realm: listOf(given.audience ?? issuers.map(audienceOf)[0])[0] ?? 'api',
    protect: given.protect ?? 'everything',
    requiredScopes: listOf(given.requiredScopes),
    strictCoverage: given.strictCoverage ?? false,
    strategyName: given.strategyName ?? 'jwt',
    warmUp: given.warmUp ?? 'background',
    verifiedTokenCacheSize: given.verifiedTokenCacheSize ?? 10_000,
    verifiedTokenCacheBytes: given.verifiedTokenCacheBytes ?? 32 * 1024 * 1024,
    clock: given.clock ?? systemClock,
  };
}

export function moduleChecks(allowInsecureHttp: boolean): Checks<JwtAuthOptions> {
  return {
    issuer: optional(issuerCheck(allowInsecureHttp)),
    ...TOKEN_RULE_CHECKS,
    ...keyChecks(allowInsecureHttp),
    ...REACH_CHECKS,
    issuers: optional((path, value) =>
      Array.isArray(value) && value.length > 0
        ? undefined
        : `${path}: must be a list with at least one issuer.`,
    ),
    resolveIssuer: isFunction,
    warmUp: oneOf('background', 'eager', 'lazy'),
    verifiedTokenCacheSize: optional((path, value) =>
      Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= 1_000_000
        ? undefined
        : `${path}: ${excerpt(value)} is not a whole number from 0 (off) to 1000000.`,
    ),
    verifiedTokenCacheBytes: optional((path, value) =>
      Number.isSafeInteger(value) && Number(value) >= 0
        ? undefined
        : `${path}: ${excerpt(value)} is not a whole number of bytes. Give one such as ${32 * 1024 * 1024}, which is 32 MB.`,
    ),
    isRevoked: isFunction,
    onValidated: isFunction,
    onFailure: isFunction,
    claimsSchema: optional((path, value) =>
      isSchema(value)
        ? undefined
        : `${path}: must be a Standard Schema, such as one of zod, valibot or arktype.`,
    ),
    protect: oneOf('everything', 'decorated'),
    requiredScopes: optional((path, value) =>
      isTextOrList(value, isScope)
        ? undefined
        : `${path}: not a scope or a list of scopes. Write ['a', 'b'], not 'a b'.`,
    ),
    strictCoverage: isBoolean,
    jwtFromRequest: isFunction,
    strategyName: optional((path, value) =>
      isStrategyName(value)
        ? undefined
        : `${path}: must be a name such as 'access-token', for AuthGuard('access-token'); 'session' is Passport's own.`,
    ),
    clock: optional((path, value) =>
      isJsonObject(value) && typeof value['now'] === 'function'
        ? undefined
        : `${path}: must have a method now() that gives milliseconds since the epoch.`,
    ),
  };
}

/** What is wrong with the options together. */
function sharedFaults({
  issuer,
  issuers,
  resolveIssuer: resolver,
  audience,
  ...rest
}: JwtAuthOptions): string[] {
  const strayKeys = Object.keys(keyChecks(false)).find(
    (name) => Reflect.get(rest, name) !== undefined,
  );
  const isAlone = issuers === undefined && resolver === undefined;
  const faults = [
    issuer === undefined &&
      isAlone &&
      `issuer: missing. Give one such as 'https://id.example.com'.`,
    issuer !== undefined &&
      issuers !== undefined &&
      'issuers: given together with issuer. Put all of them into issuers.',
    issuer === undefined &&
      !isAlone &&
      strayKeys &&
      `${strayKeys}: belongs to one issuer. Put it into the options of that issuer.`,
    audience === undefined && (issuer !== undefined || isAlone) && missingAudience('audience'),
  ];
  return faults.filter((fault) => typeof fault === 'string');
}

/** The fixed issuers; keys beside `issuer` are its own. */
function issuersOf({
  issuer,
  issuers,
  jwksUri,
  jwks,
  publicKey,
  secret,
  jwksClient,
}: JwtAuthOptions) {
  const single = { jwksUri, jwks, publicKey, secret, jwksClient };
  const list = [...listed(issuers)];
  if (issuer !== undefined) list.push({ issuer, ...single });
  return list;
}

/** @throws {ConfigurationError} when what the resolver gives is no good */
async function resolveAtRunTime(issuer: string, given: JwtAuthOptions) {
  const found = await given.resolveIssuer?.(issuer);
  if (found === undefined || found === null) return undefined;
  const faults = issuerFaults('resolveIssuer', found, given);
  if (found.issuer !== issuer)
    faults.push('resolveIssuer: gave another issuer than it was asked for.');
  if (faults.length > 0) throw new ConfigurationError('JwtAuthModule', faults);
  return resolveIssuer(found, given);
}

function audienceOf(issuer: string | IssuerOptions) {
  return typeof issuer === 'string' ? undefined : issuer.audience;
}

/** Names that every object has are found in any registry, and `session` is there from the beginning. */
function isStrategyName(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^[a-z][\w.:-]*$/i.test(value) &&
    !(value in {}) &&
    value !== 'session'
  );
}

function isSchema(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard: unknown = Reflect.get(value, '~standard');
  return isJsonObject(standard) && typeof standard['validate'] === 'function';
}

/** The entries of `issuers`; none where it is no list, which has a fault of its own. */
function listed(issuers: JwtAuthOptions['issuers']): readonly (string | IssuerOptions)[] {
  return Array.isArray(issuers) ? issuers : [];
}

function twiceFaults(issuers: readonly (string | IssuerOptions)[]): string[] {
  const [seen, twice] = [new Set<unknown>(), new Set<string>()];
  for (const entry of issuers) {
    const name = typeof entry === 'string' ? entry : entry?.issuer;
    if (name !== undefined && seen.has(name)) twice.add(name);
    seen.add(name);
  }
  return [...twice].map(
    (name) => `issuers: '${name}' is in it twice. Put its rules into one entry.`,
  );
}
