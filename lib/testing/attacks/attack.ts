import type { AuditedRoute } from '../../jwt-auth/audit/audited-route.js';
import { type InvalidTokenReason, InvalidTokenError } from '../../jwt-auth/errors.js';
import type { Attacker } from './attacker.js';
import type { Sent } from './sent.js';

/** How a request has to be refused. */
export interface Expected {
  readonly statuses: readonly number[];
  /** The error code of the challenge; nothing where there is to be none. */
  readonly error?: string | undefined;
  /** One of these is told. Nothing where it does not matter. */
  readonly descriptions?: readonly string[] | undefined;
}

/** One way to get in without a right to. */
export interface Attack {
  readonly name: string;
  readonly expected: Expected;
  /** Whether it makes sense for a route. @defaultValue for all of them */
  readonly isFor?: ((route: AuditedRoute) => boolean) | undefined;
  /** What is sent; nothing where the options of the application leave no room for it. */
  send(attacker: Attacker, route: AuditedRoute): Sent | undefined;
}

/** Asked for a token, without an error code. */
export const CHALLENGED: Expected = { statuses: [401] };
export const MALFORMED: Expected = { statuses: [400], error: 'invalid_request' };
export const FORBIDDEN: Expected = { statuses: [403], error: 'insufficient_scope' };

/** Told that the token is no good, in the words for one of these reasons. */
export function invalid(...reasons: Parameters<typeof describe>[0][]): Expected {
  return { statuses: [401], error: 'invalid_token', descriptions: reasons.map(describe) };
}

function describe(reason: InvalidTokenReason | 'no_audience'): string {
  return reason === 'no_audience'
    ? new InvalidTokenError('audience', '', reason).refusal.description
    : new InvalidTokenError(reason, '').refusal.description;
}

/** With one token in the header. */
export function bearer(token: string | undefined): Sent | undefined {
  return token === undefined ? undefined : { authorization: [`Bearer ${token}`] };
}

export function needsToken({ access }: AuditedRoute): boolean {
  return access === 'required';
}
