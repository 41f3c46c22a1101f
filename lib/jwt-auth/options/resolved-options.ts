import type { Clock } from '../../common/clock.js';
import type { AudienceRules } from '../verification/check-claims.js';
import type { ClaimMapping } from '../verification/claim-mapping.js';
import type { SubjectKindRule } from '../verification/subject-kind.js';
import type { ResolvedBackchannel } from './backchannel-checks.js';
import type { KnownIssuers } from './known-issuers.js';
import type { KeyOptions } from './issuer.options.js';
import type { JwtAuthOptions } from './jwt-auth.options.js';
import type { KeySource } from '../keys/key-source.js';

/** One trusted issuer, with every default in place. */
export interface ResolvedIssuer extends KeyOptions, ClaimMapping, AudienceRules {
  readonly issuer: string;
  readonly algorithms: ReadonlySet<string>;
  readonly profile: 'auto' | 'rfc9068';
  readonly clockToleranceSeconds: number;
  readonly maxTokenAgeSeconds: number;
  readonly subjectKind: SubjectKindRule;
  readonly acceptUnmarkedTokens: boolean;
  readonly backchannel: ResolvedBackchannel;
  readonly allowInsecureHttp: boolean;
  /** Keys in place of those of the options. No option says so: tests put them in. */
  readonly keySource?: KeySource | undefined;
}

/** The options with every default in place, checked. */
export interface ResolvedOptions extends Pick<
  JwtAuthOptions,
  'claimsSchema' | 'isRevoked' | 'jwtFromRequest' | 'onFailure' | 'onValidated'
> {
  readonly issuers: readonly ResolvedIssuer[];
  /** The same, by their names. */
  readonly knownIssuers: KnownIssuers;
  /** The rules that an issuer without rules of its own has. */
  readonly sharedRules: ResolvedIssuer;
  /** Checks what the option `resolveIssuer` gives. Missing where there is no such option. */
  readonly resolveIssuer?: ((issuer: string) => Promise<ResolvedIssuer | undefined>) | undefined;
  /** Named in challenges. */
  readonly realm: string;
  readonly protect: 'everything' | 'decorated';
  readonly requiredScopes: readonly string[];
  readonly strictCoverage: boolean;
  readonly strategyName: string;
  readonly warmUp: 'background' | 'eager' | 'lazy';
  readonly verifiedTokenCacheSize: number;
  readonly verifiedTokenCacheBytes: number;
  readonly clock: Clock;
}
