import type { RefusedCall, RetryOn401 } from '../retry-on-401.js';
import type { Challenge } from './challenge.js';

/** RFC 9110 section 9.2.2: done twice is done once. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** What the option `retryOn401` says about a call. */
export function mayRepeat(policy: RetryOn401, call: RefusedCall): boolean {
  if (typeof policy === 'function') return agrees(policy, call);
  return policy === 'always' || (policy === 'safe' && isSafe(call));
}

function isSafe({ method, challenges }: RefusedCall): boolean {
  if (challenges.length === 0) return IDEMPOTENT.has(method);
  const aboutTokens = challenges.filter(isAboutTokens);
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
