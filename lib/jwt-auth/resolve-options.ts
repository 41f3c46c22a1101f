import { type Clock, systemClock } from '../common/clock.js';
import { ConfigurationError } from '../common/configuration.error.js';
import { isJsonObject } from '../common/json.js';
import { urlFault } from '../common/secure-url.js';
import { type JwtAuthOptions, SIGNATURE_ALGORITHMS } from './jwt-auth.options.js';
import type { ClaimMapping } from './verification/claim-mapping.js';
import { isClaimPath } from './verification/claim-path.js';
import { resolveImplied } from './verification/implied-scopes.js';
import { isScope } from './verification/scopes.js';

/** The options with every default in place, checked. */
export interface ResolvedOptions extends ClaimMapping {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly protect: 'everything' | 'decorated';
  readonly requiredScopes: readonly string[];
  readonly algorithms: ReadonlySet<string>;
  readonly strictCoverage: boolean;
  readonly clockToleranceSeconds: number;
  readonly allowInsecureHttp: boolean;
  readonly clock: Clock;
}

/** Says what is wrong with one option, beginning with its name, or nothing. */
type Check = (options: JwtAuthOptions) => string | undefined;

const MAX_TOLERANCE_SECONDS = 300;

const CHECKS: Record<keyof JwtAuthOptions, Check> = {
  issuer: ({ issuer, allowInsecureHttp }) =>
    urlFault('issuer', issuer, allowInsecureHttp) ??
    (/[?#]/.test(issuer)
      ? `issuer: '${issuer}' has a query or a fragment, which an issuer never has.`
      : undefined),
  audience: ({ audience }) =>
    isListOf(audience, (value) => value !== '')
      ? undefined
      : `audience: ${audience === undefined ? 'missing' : 'not a name or a list of names'}. Give the identifier under which the authorization server knows this API, such as 'https://orders.example.com'.`,
  protect: ({ protect }) =>
    oneOf(protect, ['everything', 'decorated'])
      ? undefined
      : `protect: '${String(protect)}' is unknown. Use 'everything' or 'decorated'.`,
  requiredScopes: ({ requiredScopes }) =>
    requiredScopes === undefined || isListOf(requiredScopes, isScope)
      ? undefined
      : `requiredScopes: not a scope or a list of scopes. Write ['a', 'b'], not 'a b'.`,
  algorithms: ({ algorithms }) =>
    algorithms === undefined || (Array.isArray(algorithms) && isListOf(algorithms, isAlgorithm))
      ? undefined
      : `algorithms: must be a list of ${SIGNATURE_ALGORITHMS.join(', ')}. Symmetric algorithms and 'none' are never accepted.`,
  scopeClaims: ({ scopeClaims }) =>
    scopeClaims === undefined ||
    (Array.isArray(scopeClaims) && isListOf(scopeClaims, (value) => value !== ''))
      ? undefined
      : `scopeClaims: must be a list of claim names, such as ['scope', 'scp'].`,
  impliedScopes: ({ impliedScopes }) =>
    impliedScopes === undefined || isImplication(impliedScopes)
      ? undefined
      : `impliedScopes: must give a list of scopes for each scope that stands for them, such as { admin: ['orders.read'] }.`,
  roleClaims: ({ roleClaims }) => claimsFault('roleClaims', roleClaims),
  permissionClaims: ({ permissionClaims }) => claimsFault('permissionClaims', permissionClaims),
  strictCoverage: ({ strictCoverage }) =>
    oneOf(strictCoverage, [true, false]) ? undefined : `strictCoverage: must be true or false.`,
  clockToleranceSeconds: ({ clockToleranceSeconds: seconds = 0 }) =>
    Number.isFinite(seconds) && seconds >= 0 && seconds <= MAX_TOLERANCE_SECONDS
      ? undefined
      : `clockToleranceSeconds: ${String(seconds)} is not between 0 and ${MAX_TOLERANCE_SECONDS}. If clocks are further apart, mend the clocks.`,
  allowInsecureHttp: ({ allowInsecureHttp }) =>
    oneOf(allowInsecureHttp, [true, false])
      ? undefined
      : `allowInsecureHttp: must be true or false.`,
  clock: ({ clock }) =>
    clock === undefined || typeof clock.now === 'function'
      ? undefined
      : `clock: must have a method now() that gives milliseconds since the epoch.`,
};

/**
 * Checks all options and fills in the defaults.
 *
 * @throws {ConfigurationError} that lists every fault there is
 */
export function resolveOptions(options: JwtAuthOptions): ResolvedOptions {
  const given = options ?? {};
  const faults = Object.values(CHECKS)
    .map((check) => check(given))
    .concat(Object.keys(given).map(unknownOption))
    .filter((fault) => fault !== undefined);
  if (faults.length > 0) throw new ConfigurationError('JwtAuthModule', faults);
  return {
    issuer: given.issuer,
    audience: listOf(given.audience),
    protect: given.protect ?? 'everything',
    requiredScopes: listOf(given.requiredScopes ?? []),
    algorithms: new Set(given.algorithms ?? SIGNATURE_ALGORITHMS),
    scopeClaims: given.scopeClaims ?? ['scope', 'scp'],
    impliedScopes: resolveImplied(given.impliedScopes ?? {}),
    roleClaims: given.roleClaims ?? ['roles'],
    permissionClaims: given.permissionClaims ?? ['permissions'],
    strictCoverage: given.strictCoverage ?? false,
    clockToleranceSeconds: given.clockToleranceSeconds ?? 30,
    allowInsecureHttp: given.allowInsecureHttp ?? false,
    clock: given.clock ?? systemClock,
  };
}

function unknownOption(name: string): string | undefined {
  if (Object.hasOwn(CHECKS, name)) return undefined;
  return `${name}: there is no such option. There are: ${Object.keys(CHECKS).join(', ')}.`;
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : [...value];
}

function isListOf(value: unknown, accepts: (member: string) => boolean): boolean {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every((member) => typeof member === 'string' && accepts(member));
}

function isImplication(value: unknown): boolean {
  return (
    isJsonObject(value) &&
    Object.entries(value).every(
      ([scope, implied]) => isScope(scope) && Array.isArray(implied) && isListOf(implied, isScope),
    )
  );
}

function claimsFault(name: string, claims: unknown): string | undefined {
  const fine = Array.isArray(claims) && claims.length > 0 && claims.every(isClaimPath);
  return claims === undefined || fine
    ? undefined
    : `${name}: must be a list of claim names, or of paths such as ['realm_access', 'roles'].`;
}

function oneOf(value: unknown, allowed: readonly unknown[]): boolean {
  return value === undefined || allowed.includes(value);
}

function isAlgorithm(value: string): boolean {
  return SIGNATURE_ALGORITHMS.some((algorithm) => algorithm === value);
}
