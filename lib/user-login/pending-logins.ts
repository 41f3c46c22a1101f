import { LRUCache } from 'lru-cache';
import { atMost } from '../common/at-most.js';
import type { Clock } from '../common/clock.js';
import { isJsonObject } from '../common/json.js';

/** Under what a session keeps the sign-ins that are under way. */
const MEMBER = 'nestjs-access-tokens:logins';
/** As many tabs can sign in at the same time; the oldest makes room. */
const MAX_PENDING = 5;
const MAX_AGE_MS = 60 * 60 * 1000;
const MAX_USED = 10_000;

/** A sign-in that was begun: what its answer is checked against, and where the user goes then. */
export interface PendingLogin {
  readonly state: string;
  /** As the strategy keeps them: PKCE code verifier, nonce, state. */
  readonly checks: Readonly<Record<string, unknown>>;
  readonly returnTo: string;
  readonly startedAt: number;
}

/** The sign-ins under way of each session. Each is answered once. */
export class PendingLogins {
  /** Requests at the same time have copies of the session, and each would find the sign-in there. */
  readonly #used = new LRUCache<string, true>(atMost(MAX_USED));

  constructor(private readonly clock: Clock) {}

  add(session: Record<string, unknown>, login: Omit<PendingLogin, 'startedAt'>): void {
    const started = { ...login, startedAt: this.clock.now() };
    session[MEMBER] = [...this.in(session), started].slice(-MAX_PENDING);
  }

  /** The sign-in that a state belongs to, which is forgotten with that. */
  take(session: Record<string, unknown>, state: string): PendingLogin | undefined {
    const all = this.in(session);
    const login = all.find((one) => one.state === state);
    if (!login || this.#used.has(state)) return undefined;
    this.#used.set(state, true);
    session[MEMBER] = all.filter((one) => one !== login);
    return login;
  }

  /** Those of other tabs, which go on in the session that takes the place of this one. */
  move(from: Record<string, unknown>): (to: Record<string, unknown>) => void {
    const others = this.in(from);
    return (to) => {
      if (others.length > 0) to[MEMBER] = others;
    };
  }

  private in(session: Record<string, unknown>): PendingLogin[] {
    const kept = session[MEMBER];
    const now = this.clock.now();
    return (Array.isArray(kept) ? kept : [])
      .filter(isPendingLogin)
      .filter(({ startedAt }) => Math.abs(now - startedAt) < MAX_AGE_MS);
  }
}

function isPendingLogin(value: unknown): value is PendingLogin {
  return (
    isJsonObject(value) &&
    typeof value['state'] === 'string' &&
    typeof value['returnTo'] === 'string' &&
    typeof value['startedAt'] === 'number' &&
    isJsonObject(value['checks'])
  );
}
