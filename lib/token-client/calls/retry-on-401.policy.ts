import type { RefusedCall, RetryOn401, RetryPolicy } from './retry-on-401.js';
import type { Challenge } from './challenge.js';

/** RFC 9110 section 9.2.2: done twice is done once. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether an answer with this status may mean that the token is over. */
export function isRefusal(option: RetryOn401, status: number): boolean {
  return typeof option === 'object' ? option.statuses.includes(status) : status === 401;
}

/**
 * What the option `retryOn401` says about a call.
 *
 * @param scheme the one that the token was sent with, if it is not the usual one
 */
export function mayRetry(option: RetryOn401, call: RefusedCall, scheme?: string): boolean {
  if (!isRefusal(option, call.status) || lacksScope(call)) return false;
  const policy: RetryPolicy = typeof option === 'object' ? (option.when ?? 'safe') : option;
  if (typeof policy === 'function') return agrees(policy, call);
  return policy === 'always' || (policy === 'safe' && isSafe(call, scheme));
}

/** A new token would have the same scopes (RFC 6750 section 3.1). */
function lacksScope({ status, challenges }: RefusedCall): boolean {
  return (
    status === 403 &&
    challenges.some(({ parameters }) => parameters['error'] === 'insufficient_scope')
  );
}

function isSafe({ method, challenges }: RefusedCall, scheme: string | undefined): boolean {
  if (challenges.length === 0) return IDEMPOTENT.has(method);
  const aboutTokens = challenges.filter((one) => isAboutTokens(one) || one.scheme === scheme);
  return aboutTokens.length > 0 && aboutTokens.every(({ parameters: { error } }) => isCured(error));
}

/** Whether a challenge is of one of the schemes that access tokens are sent with. */
export function isAboutTokens({ scheme }: Challenge): boolean {
  return scheme === 'bearer' || scheme === 'dpop';
}

/** Whether a new token can be of help. It is none where the API wants another proof, or another sign-in. */
function isCured(error: string | undefined): boolean {
  return error === undefined || error === 'invalid_token';
}

/** Only a plain yes counts: neither a promise nor what is thrown. */
function agrees(decide: (call: RefusedCall) => unknown, call: RefusedCall): boolean {
  try {
    return decide(call) === true;
  } catch {
    return false;
  }
}
