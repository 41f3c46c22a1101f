import { isJsonObject } from '../../common/json.js';
import { type IssuerOptions } from './issuer.options.js';
import { type JwtAuthOptions } from './jwt-auth.options.js';
import { SIGNATURE_ALGORITHMS, type TokenRules } from './token-rules.options.js';
import type { ReachOptions } from './reach.options.js';
import { resolveImplied } from '../verification/implied-scopes.js';
import { backchannelFaults, resolveBackchannel } from './resolve-backchannel.js';
import { faultsIn, listOf } from './checks.js';
import {
  hasKeys,
  hasSecretOnly,
  issuerChecks,
  keySourceFaults,
  missingAudience,
} from './issuer-checks.js';
import type { ResolvedIssuer } from './resolved-issuer.js';

const HMAC_ALGORITHMS = ['HS256', 'HS384', 'HS512'];

/** Everything that is wrong with one entry of `issuers`, on top of the options that it shares. */
export function issuerFaults(prefix: string, given: unknown, shared: JwtAuthOptions): string[] {
  const own = typeof given === 'string' ? { issuer: given } : given;
  if (!isIssuerOptions(own))
    return [`${prefix}: must be an issuer identifier or the options of one.`];
  const { allowInsecureHttp = shared.allowInsecureHttp } = own;
  return [
    ...faultsIn(own, issuerChecks(allowInsecureHttp === true), `${prefix}.`),
    ...backchannelFaults(`${prefix}.backchannel`, own.backchannel),
    ...keySourceFaults(`${prefix}.`, own),
    ...((own.audience ?? shared.audience) === undefined
      ? [missingAudience(`${prefix}.audience`)]
      : []),
  ];
}

/** Puts an issuer together from its own options and the shared ones. Only for options without faults. */
export function resolveIssuer(
  given: string | IssuerOptions,
  shared: TokenRules & ReachOptions,
): ResolvedIssuer {
  const own: IssuerOptions = typeof given === 'string' ? { issuer: given } : given;
  const { issuer, jwksUri, jwks, publicKey, secret, jwksClient } = own;
  const rule = <Name extends keyof TokenRules>(name: Name): TokenRules[Name] =>
    own[name] ?? shared[name];
  const signed = rule('algorithms') ?? SIGNATURE_ALGORITHMS;
  return {
    issuer,
    jwksUri,
    jwks,
    publicKey,
    secret,
    jwksClient,
    backchannel: resolveBackchannel(own, shared),
    allowInsecureHttp: own.allowInsecureHttp ?? shared.allowInsecureHttp ?? false,
    audience: listOf(rule('audience')),
    audienceClaims: rule('audienceClaims') ?? ['aud'],
    algorithms: new Set([
      ...(hasSecretOnly(own) ? [] : signed),
      ...(secret === undefined ? [] : HMAC_ALGORITHMS),
    ]),
    profile: rule('profile') ?? 'auto',
    scopeClaims: rule('scopeClaims') ?? ['scope', 'scp'],
    impliedScopes: resolveImplied(rule('impliedScopes') ?? {}),
    roleClaims: rule('roleClaims') ?? ['roles'],
    permissionClaims: rule('permissionClaims') ?? ['permissions'],
    clockToleranceSeconds: rule('clockToleranceSeconds') ?? 30,
    maxTokenAgeSeconds: rule('maxTokenAgeSeconds') ?? Number.POSITIVE_INFINITY,
    subjectKind: rule('subjectKind') ?? {},
    // The keys that metadata name sign ID tokens as well; those that were given by hand may sign nothing else.
    acceptUnmarkedTokens: rule('acceptUnmarkedTokens') ?? hasKeys(own),
  };
}

/** Whether a value can be checked as the options of an issuer; what is in them is another question. */
function isIssuerOptions(value: unknown): value is IssuerOptions {
  return isJsonObject(value);
}
