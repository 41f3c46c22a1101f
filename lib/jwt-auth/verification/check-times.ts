import { InvalidTokenError } from '../errors.js';
import type { JwtClaims } from './decode-token.js';

/** The last second that a `Date` can hold. */
const END_OF_TIME = 8_640_000_000_000;

/** How times are looked at. */
export interface TimeRules {
  readonly clockToleranceSeconds: number;
  /** Infinity for no limit. */
  readonly maxTokenAgeSeconds: number;
}

/** When a token is good, and nobody needs to look at its times again. Leaves the tolerance at the end out. */
export interface TimeFrame {
  readonly expiresAtSeconds: number;
  readonly goodFromMs: number;
  readonly goodUntilMs: number;
}

/**
 * Checks `exp`, `nbf` and `iat` (RFC 7519 section 4.1). `exp` is required.
 *
 * @throws {InvalidTokenError}
 */
export function checkTimes(claims: JwtClaims, nowMs: number, rules: TimeRules): TimeFrame {
  const { clockToleranceSeconds: tolerance, maxTokenAgeSeconds: maxAge } = rules;
  const { exp } = claims;
  const now = nowMs / 1000;
  // A NumericDate may have a fraction (RFC 7519 section 2).
  if (typeof exp !== 'number' || !(exp >= 1 && exp <= END_OF_TIME))
    throw wrong('exp is not a time');
  if (!(now < exp + tolerance)) throw new InvalidTokenError('expired', `exp ${exp}`);
  const nbf = begin(claims, 'nbf', now + tolerance);
  const iat = begin(claims, 'iat', now + tolerance);
  const oldest = (iat ?? now) + maxAge;
  if (iat === undefined && maxAge !== Number.POSITIVE_INFINITY) {
    throw wrong('no iat, which maxTokenAgeSeconds needs');
  }
  if (!(now <= oldest + tolerance))
    throw new InvalidTokenError('expired', `iat ${iat}, too long ago`);
  return {
    expiresAtSeconds: exp,
    goodFromMs: (Math.max(nbf ?? 0, iat ?? 0) - tolerance) * 1000,
    goodUntilMs: Math.min(exp, oldest) * 1000,
  };
}

/** A time before which the token is not good. */
function begin(claims: JwtClaims, name: string, latest: number): number | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(`${name} is not a time`);
  if (!(value <= latest)) throw new InvalidTokenError('not_yet_valid', `${name} ${value}`);
  return value;
}

function wrong(detail: string): InvalidTokenError {
  return new InvalidTokenError('claims', detail);
}
