import { decodeJwt } from 'jose';

const DEFAULT_LIFETIME_SECONDS = 300;
const MAX_LIFETIME_SECONDS = 24 * 60 * 60;
/** What no token is kept for longer than, whatever is said of it. */
export const MAX_LIFETIME_MS = MAX_LIFETIME_SECONDS * 1000;

/**
 * How long a token lives, in milliseconds from `requestedAt`. Where the server does not say: until the
 * `exp` of the token if it can be read, else five minutes. Never longer than a day, whatever is said;
 * zero means that the token is for the callers who wait for it and for nobody after them.
 */
export function lifetimeMs(
  response: { access_token: string; expires_in?: number | undefined },
  requestedAt: number,
): number {
  const lifetime =
    response.expires_in ??
    jwtLifetime(response.access_token, requestedAt / 1000) ??
    DEFAULT_LIFETIME_SECONDS;
  return Math.min(Math.max(lifetime, 0), MAX_LIFETIME_SECONDS) * 1000;
}

/** Whether a token is a JWT that says when it ends. */
export function saysItsEnd(token: string): boolean {
  return jwtLifetime(token, 0) !== undefined;
}

function jwtLifetime(token: string, now: number): number | undefined {
  try {
    const { iat, exp } = decodeJwt(token);
    if (typeof exp !== 'number' || !Number.isFinite(exp)) return undefined;
    // From `iat` it does not matter how far the clocks are apart; the shorter of both is the safe one.
    return typeof iat === 'number' && iat < exp ? Math.min(exp - iat, exp - now) : exp - now;
  } catch {
    return undefined;
  }
}

/** `expires_in` as a number of seconds, or nothing where it is none. A negative one is an expired token: 0. */
export function readSeconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) return undefined;
  return Math.min(Math.max(number, 0), MAX_LIFETIME_SECONDS);
}
