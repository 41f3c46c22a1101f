import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { SessionData } from 'express-session';
import type { UserSession } from 'nestjs-access-tokens';
import { webConfig } from './web.config.js';

declare module 'express-session' {
  interface SessionData {
    /** What has been seen of the access token so far. Times in milliseconds; no token. */
    watched?: { expiresAt: number; seenAt: number; refreshes: number };
  }
}

/** The access token of a user as a page shows it. */
export interface TokenFacts {
  scopes: readonly string[];
  expiresAt: Date;
  secondsLeft: number;
  /** From then on the next call gets a new one first. */
  refreshDueAt: Date;
  secondsUntilDue: number;
  /** How often it was replaced since the sign-in. */
  refreshes: number;
}

/** Watches the access token of a session from one page to the next: it is a new one if it ends later. */
@Injectable()
export class TokenWatch {
  constructor(@Inject(webConfig.KEY) private readonly config: ConfigType<typeof webConfig>) {}

  look(session: Partial<SessionData>, { accessTokens }: UserSession): TokenFacts | undefined {
    const now = this.config.clock.now();
    const newest = [...accessTokens].toSorted((a, b) => +b.expiresAt - +a.expiresAt)[0];
    if (!newest) {
      return undefined;
    }
    const expiresAt = newest.expiresAt.getTime();
    const before = session.watched;
    const watched =
      before && before.expiresAt >= expiresAt
        ? before
        : { expiresAt, seenAt: now, refreshes: before ? before.refreshes + 1 : 0 };
    session.watched = watched;
    // A minute before it ends, or in the last fifth of a short life.
    const dueAt = expiresAt - Math.min(60_000, (expiresAt - watched.seenAt) / 5);
    return {
      scopes: newest.scopes,
      expiresAt: newest.expiresAt,
      secondsLeft: secondsUntil(expiresAt, now),
      refreshDueAt: new Date(dueAt),
      secondsUntilDue: secondsUntil(dueAt, now),
      refreshes: watched.refreshes,
    };
  }
}

function secondsUntil(time: number, now: number): number {
  return Math.max(0, Math.ceil((time - now) / 1000));
}
