import { isJsonObject } from './json.js';
import { isSecureUrl, withoutQuery } from './secure-url.js';

/** Limits of one call to the authorization server. */
export interface BackchannelLimits {
  /** Time for the whole exchange, body included. */
  timeoutMs: number;
  /** The largest body that is read, after decompression. */
  maxBytes: number;
  /** Lets plain http through to hosts other than loopback. */
  allowInsecureHttp: boolean;
}

/** What a request may say, beside what `fetch` knows. */
export interface BackchannelInit extends RequestInit {
  /** The certificate to present, with its key, as PEM text. */
  tls?: { readonly certificate: string; readonly key: string } | undefined;
}

/** `fetch`, fenced in. */
export type BackchannelFetch = (url: string, init?: BackchannelInit) => Promise<Response>;

/** A call to the authorization server that gave no usable answer. The message is fit for a log. */
export class BackchannelError extends Error {
  override readonly name = 'BackchannelError';

  constructor(
    message: string,
    /** Whether the same call may work a moment later. */
    readonly transient = false,
  ) {
    super(message);
  }
}

/**
 * Makes the only `fetch` that talks to authorization servers. Whatever is at the other end is taken
 * to be hostile: the time is bounded in total, the body in size, and no redirect is followed, since
 * it could lead keys or credentials anywhere.
 */
export function createBackchannel(limits: BackchannelLimits): BackchannelFetch {
  return async (url, init) => {
    const shown = withoutQuery(url);
    if (!isSecureUrl(new URL(url), limits.allowInsecureHttp)) {
      throw new BackchannelError(`${shown} is not https`);
    }
    const timeout = AbortSignal.timeout(limits.timeoutMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    try {
      const response = await fetch(url, { ...init, signal, redirect: 'manual' });
      return await buffer(shown, response, limits.maxBytes);
    } catch (error) {
      if (error instanceof BackchannelError) throw error;
      if (timeout.aborted)
        throw new BackchannelError(`${shown} did not answer within ${limits.timeoutMs} ms`, true);
      throw new BackchannelError(`${shown} could not be reached: ${reasonOf(error)}`, true);
    }
  };
}

async function buffer(url: string, response: Response, maxBytes: number): Promise<Response> {
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    throw new BackchannelError(
      `${url} answered with a redirect (${response.status}), which is not followed`,
    );
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw new BackchannelError(`${url} answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const { status, statusText, headers } = response;
  const mayHaveBody = status !== 204 && status !== 205;
  return new Response(mayHaveBody ? Buffer.concat(chunks) : null, { status, statusText, headers });
}

/** The system's error code, deep inside what `fetch` throws; never the error itself, it may hold the request. */
function reasonOf(error: unknown): string {
  // Not `instanceof Error`: fetch throws the errors of its own realm.
  if (!isJsonObject(error)) return 'unknown error';
  const { code, name } = isJsonObject(error['cause']) ? error['cause'] : error;
  return String(code ?? name);
}
