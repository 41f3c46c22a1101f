import { AxiosHeaders, type AxiosAdapter, type InternalAxiosRequestConfig } from 'axios';
import { OriginNotAllowedError } from '../errors.js';
import type { IssuedToken } from '../issued-token.js';
import type { TokenCall, TokenSource } from '../token-source.js';
import { AxiosCall } from './axios-call.js';
import { parsed, targetOf, type AllowedOrigins } from './call-target.js';
import { Concealment, withCauses } from './concealment.js';

type BeforeRedirect = NonNullable<InternalAxiosRequestConfig['beforeRedirect']>;

/**
 * Puts the token on a call, below everything else that Axios does: the interceptors of the application
 * have run, once, and neither they nor the config, the response or the error that comes back ever hold
 * the token.
 *
 * @param send the adapter that really sends
 */
export function tokenAdapter(
  send: AxiosAdapter,
  tokens: TokenSource,
  allowedOrigins: AllowedOrigins,
): AxiosAdapter {
  return async (config) => {
    const target = targetOf(config);
    if (bringsCredentials(config, target)) return send(config);
    const { href } = allowedOrigins.check(target);
    const token = await tokenFor(config, new AxiosCall(config, href), tokens);
    const sent: InternalAxiosRequestConfig = {
      ...config,
      // Not to be put together once more, perhaps in another way.
      url: href,
      baseURL: '',
      beforeRedirect: guarded(config.beforeRedirect, allowedOrigins),
      headers: AxiosHeaders.concat(config.headers).set(
        'Authorization',
        `${token.tokenType} ${token.accessToken}`,
      ),
    };
    const concealment = new Concealment(sent, config);
    try {
      return concealment.response(await send(sent));
    } catch (error) {
      throw refusedRedirect(error) ?? concealment.error(error);
    }
  };
}

/** Whoever brings credentials of their own wants those sent, and `Authorization: false` means none at all. */
function bringsCredentials(
  { headers, auth }: InternalAxiosRequestConfig,
  target: URL | undefined,
): boolean {
  return headers.has('Authorization') || Boolean(auth ?? (target?.username || target?.password));
}

/** Redirects, if the client wants any, lead to allowed places only. */
function guarded(
  beforeRedirect: BeforeRedirect | undefined,
  allowedOrigins: AllowedOrigins,
): BeforeRedirect {
  return (options, ...details) => {
    allowedOrigins.check(parsed(options['href']));
    beforeRedirect?.(options, ...details);
  };
}

/** What `beforeRedirect` throws comes back deep inside of an Axios error. */
function refusedRedirect(error: unknown): OriginNotAllowedError | undefined {
  return withCauses(error).find((cause) => cause instanceof OriginNotAllowedError);
}

/** Waits for the token until the call is given up, in either of the ways that Axios has for it. */
async function tokenFor(
  { signal, cancelToken, token: wish }: InternalAxiosRequestConfig,
  call: TokenCall,
  tokens: TokenSource,
): Promise<IssuedToken> {
  const own = isAbortSignal(signal) ? signal : undefined;
  if (!cancelToken) return tokens.getToken({ ...wish, signal: own, call });
  const controller = new AbortController();
  const cancel = (reason: unknown) => controller.abort(reason);
  cancelToken.subscribe(cancel);
  try {
    const either = own ? AbortSignal.any([own, controller.signal]) : controller.signal;
    return await tokens.getToken({ ...wish, signal: either, call });
  } finally {
    cancelToken.unsubscribe(cancel);
  }
}

/** Axios asks for less than an AbortSignal, and one of another realm is no instance of ours. */
function isAbortSignal(signal: InternalAxiosRequestConfig['signal']): signal is AbortSignal {
  return typeof signal?.addEventListener === 'function';
}
