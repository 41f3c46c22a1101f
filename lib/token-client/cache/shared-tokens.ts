import type { Clock } from '../../common/clock.js';
import { digestOf } from '../../common/digest.js';
import type { GrantedToken } from '../../authorization-server/granted-token.js';
import type { TokenRequest } from '../../authorization-server/token-request.js';
import type { Invalidations } from '../../replicas/invalidations.js';
import type { ReplicaLock } from '../../replicas/replica-lock.js';
import type { SharedCache } from '../../replicas/shared-cache.js';
import { textOf, tokenIn } from './shared-token.js';

/** After that, whoever asks for a token does so alone: it may have died. */
const LOCK_MS = 5_000;

/** A token that replicas share. */
export interface SharedSlot {
  readonly request: TokenRequest;
  /** The named clients with whose invalidation it is void. */
  readonly clients: readonly string[];
}

/** What a token is wanted for. */
export interface SharedLookup {
  /** Whether a token of another replica will do; not given where none will. */
  readonly accepts: ((granted: GrantedToken) => boolean) | undefined;
  /** Asks the authorization server. */
  readonly ask: () => Promise<GrantedToken>;
}

/** The tokens that replicas have in common: what one has got is taken by the others, before they ask on their own. */
export class SharedTokens {
  constructor(
    private readonly cache: SharedCache,
    private readonly invalidations: Invalidations,
    private readonly lock: ReplicaLock | undefined,
    private readonly clock: Clock,
  ) {}

  /** A token of another replica, or a new one. Fails as the authorization server does, and for no other reason. */
  async get(slot: SharedSlot, lookup: SharedLookup): Promise<GrantedToken> {
    if (!isShareable(slot.request) || !(await this.invalidations.ready())) return lookup.ask();
    const name = this.nameOf(slot);
    let there = await this.find(name, slot, lookup);
    if (there) return there;
    const times = { ttlMs: LOCK_MS, waitMs: LOCK_MS };
    const look = async () => {
      there = await this.find(name, slot, lookup, () => this.cache.readSoon(name));
      return there !== undefined;
    };
    const lease = await this.lock?.take(['token', name], times, lookup.accepts && look);
    if (there) return there;
    // Neither concerns whoever wants a token, nor may it end the process.
    const release = async () => typeof lease === 'object' && lease.release().catch(() => undefined);
    try {
      // Whoever had the lock before us may have got it.
      const meanwhile = this.lock && (await this.find(name, slot, lookup));
      if (meanwhile) {
        void release();
        return meanwhile;
      }
      const granted = await lookup.ask();
      // Those who wait for it here have no reason to wait for the cache as well.
      void this.publish(name, slot, granted)
        .catch(() => undefined)
        .finally(release);
      return granted;
    } catch (error) {
      void release();
      throw error;
    }
  }

  private async find(
    name: string,
    { request }: SharedSlot,
    { accepts }: SharedLookup,
    read = () => this.cache.read(name),
  ): Promise<GrantedToken | undefined> {
    if (!accepts) return undefined;
    const text = await read();
    const granted = text === undefined ? undefined : await tokenIn(text, request, this.clock.now());
    if (granted === 'malformed') {
      this.cache.complain();
      return undefined;
    }
    return granted && accepts(granted) ? { ...granted, shared: true } : undefined;
  }

  private async publish(
    name: string,
    { request }: SharedSlot,
    granted: GrantedToken,
  ): Promise<void> {
    const ttlMs = granted.token.expiresAt.getTime() - this.clock.now();
    if (ttlMs > 0) await this.cache.write(name, textOf(granted, request, this.cache.secret), ttlMs);
  }

  /** Over all that shapes a token, and the same in every process; another after each invalidation. */
  private nameOf({ request, clients }: SharedSlot): string {
    const { server, credentials, grant, scopes, parameters, dpop, tenant, answer } = request;
    const { tokenType, defaultLifetimeSeconds } = answer;
    const everything = [
      server,
      [credentials.clientId, credentials.method],
      grant.type,
      scopes.toSorted(),
      parameters.map((parameter) => JSON.stringify(parameter)).toSorted(),
      [dpop?.sharedId, tenant],
      // Left out where nobody gives them: an older version takes no notice of them.
      ...(tokenType ? [tokenType] : []),
      ...(defaultLifetimeSeconds ? [defaultLifetimeSeconds] : []),
      this.invalidations.versionsOf(clients),
    ];
    return `token:${digestOf(everything)}`;
  }
}

/** A key that only this process has is of no use to others. */
export function isShareable({ dpop }: TokenRequest): boolean {
  return dpop === undefined || dpop.sharedId !== undefined;
}
