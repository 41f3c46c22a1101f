import type { Clock } from '../../common/clock.js';
import type { KnownIssuers } from './known-issuers.js';
import type { JwtAuthOptions } from './jwt-auth.options.js';
import type { ResolvedIssuer } from './resolved-issuer.js';

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
