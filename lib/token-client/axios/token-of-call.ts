import type { CancelToken, InternalAxiosRequestConfig } from 'axios';
import type { IssuedToken } from '../../authorization-server/issued-token.js';
import type { TokenSource } from '../calls/token-source.js';
import type { AxiosCall } from './axios-call.js';

/**
 * Waits for the token of a call until the call is given up, in either of the ways that Axios has for it.
 *
 * @param rejected the token that the API refused, where a new one is wanted in its place
 */
export function tokenOfCall(
  tokens: TokenSource,
  call: AxiosCall,
  rejected?: IssuedToken,
): Promise<IssuedToken> {
  const { signal: given, cancelToken, token: lookup } = call.config;
  const signal = isAbortSignal(given) ? given : undefined;
  const plain = { rejected, signal, call };
  // A call that wanted a new token got one, and now it wants no more than any other.
  const options = lookup ? { ...lookup, force: rejected ? false : lookup.force, ...plain } : plain;
  return cancelToken
    ? untilCancelled(cancelToken, signal, (either) =>
        tokens.getToken({ ...options, signal: either }),
      )
    : tokens.getToken(options);
}

async function untilCancelled<T>(
  cancelToken: CancelToken,
  signal: AbortSignal | undefined,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const cancel = (reason: unknown) => controller.abort(reason);
  cancelToken.subscribe(cancel);
  try {
    return await wait(signal ? AbortSignal.any([signal, controller.signal]) : controller.signal);
  } finally {
    cancelToken.unsubscribe(cancel);
  }
}

/** Axios asks for less than an AbortSignal, and one of another realm is no instance of ours. */
function isAbortSignal(signal: InternalAxiosRequestConfig['signal']): signal is AbortSignal {
  return typeof signal?.addEventListener === 'function';
}
