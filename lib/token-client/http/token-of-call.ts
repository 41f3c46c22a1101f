import type { InternalAxiosRequestConfig } from 'axios';
import type { IssuedToken } from '../issued-token.js';
import type { TokenSource } from '../token-source.js';
import type { AxiosCall } from './axios-call.js';

/**
 * Waits for the token of a call until the call is given up, in either of the ways that Axios has for it.
 *
 * @param rejected the token that the API refused, where a new one is wanted in its place
 */
export async function tokenOfCall(
  tokens: TokenSource,
  call: AxiosCall,
  rejected?: IssuedToken,
): Promise<IssuedToken> {
  const { signal, cancelToken, token: wish } = call.config;
  const own = isAbortSignal(signal) ? signal : undefined;
  // A call that wanted a new token got one, and now it wants no more than any other.
  const force = rejected ? false : wish?.force;
  if (!cancelToken) return tokens.getToken({ ...wish, force, rejected, signal: own, call });
  const controller = new AbortController();
  const cancel = (reason: unknown) => controller.abort(reason);
  cancelToken.subscribe(cancel);
  try {
    const either = own ? AbortSignal.any([own, controller.signal]) : controller.signal;
    return await tokens.getToken({ ...wish, force, rejected, signal: either, call });
  } finally {
    cancelToken.unsubscribe(cancel);
  }
}

/** Axios asks for less than an AbortSignal, and one of another realm is no instance of ours. */
function isAbortSignal(signal: InternalAxiosRequestConfig['signal']): signal is AbortSignal {
  return typeof signal?.addEventListener === 'function';
}
