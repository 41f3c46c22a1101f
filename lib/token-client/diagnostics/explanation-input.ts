import type { TokenState } from '../cache/cached-token.js';
import type { TokenRequest } from '../../authorization-server/token-request.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import type { NoTokenError } from '../../authorization-server/errors.js';

/** Everything that an explanation is made from. */
export interface ExplanationInput {
  readonly client: ResolvedClient;
  /** In milliseconds since the epoch. */
  readonly now: number;
  readonly tenant: string | undefined;
  /** What would be asked for, as far as that is known. */
  readonly request: TokenRequest | undefined;
  readonly state: TokenState | undefined;
  /** Why the authorization server is left alone at the moment. */
  readonly paused: NoTokenError | undefined;
  /** Why nothing can be asked for. */
  readonly fault: string | undefined;
  /** How things stand with the cache that replicas share; nothing where this token is not shared. */
  readonly tokenCache: 'ready' | 'unavailable' | undefined;
  /** Whether a provider is asked with every call, and nothing kept. */
  readonly unkept: boolean;
}

/** How far the token at hand is in its life. */
export function stageOf({ state, now }: Pick<ExplanationInput, 'state' | 'now'>): Stage {
  const schedule = state?.schedule;
  if (!schedule) return 'none';
  if (now < schedule.renewFrom) return 'fresh';
  return now < schedule.waitFrom ? 'renewal_due' : 'expiring';
}

type Stage = 'none' | 'fresh' | 'renewal_due' | 'expiring';

/** Until when the authorization server is not asked. */
export function notBeforeOf({ state, paused }: ExplanationInput): Date | undefined {
  const retryAt = paused && 'retryAt' in paused ? paused.retryAt : undefined;
  return state?.refusedUntil ?? (retryAt instanceof Date ? retryAt : undefined);
}
