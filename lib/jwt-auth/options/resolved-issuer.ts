import type { AudienceRules } from '../verification/check-claims.js';
import type { ClaimMapping } from '../verification/claim-mapping.js';
import type { SubjectKindRule } from '../verification/subject-kind.js';
import type { ResolvedBackchannel } from './resolve-backchannel.js';
import type { KeyOptions } from './issuer.options.js';
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
