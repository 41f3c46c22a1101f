import * as http from 'node:http';
import * as https from 'node:https';
import type { buildConnector } from 'undici';

/** A proxy to go through, and who is believed to be it. */
export interface Proxy {
  /** With a user and a password, if it wants them. */
  readonly url: string;
  readonly ca: string[] | undefined;
  /** How long it may take to dig a tunnel. */
  readonly timeoutMs: number;
}

/** Why there is no tunnel. The message is fit for a log. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
}

/**
 * Connects through tunnels (RFC 9110 section 9.3.6), so that a proxy sees where to and nothing more. Not
 * with undici's own `ProxyAgent`: it waits minutes for a proxy that does not answer, and keeps the process alive.
 *
 * @param secure begins TLS at the end of the tunnel
 */
export function tunnelConnector(
  { url, ca, timeoutMs }: Proxy,
  secure: buildConnector.connector,
): buildConnector.connector {
  const { protocol, hostname, port, username, password } = new URL(url);
  const place = { hostname: hostname.replace(/^\[|\]$/g, ''), port, ca };
  const credentials = [username, password].map(decodeURIComponent).join(':');
  const authorization = username && {
    'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
  return (options, callback) => {
    const target = options.port ? options.host : `${options.host}:${portOf(options.protocol)}`;
    const dig = protocol === 'https:' ? https.request : http.request;
    const headers = { host: target, ...authorization };
    const request = dig({ ...place, method: 'CONNECT', path: target, headers, agent: false });
    const timer = setTimeout(
      () => request.destroy(new ProxyError(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    ).unref();
    // Whoever waits for the answer keeps the process alive; a tunnel alone is no reason to.
    request.once('socket', (socket) => socket.unref());
    request.once('close', () => clearTimeout(timer));
    request.once('error', (error) => callback(error, null));
    request.once('connect', ({ statusCode }, socket, head) => {
      clearTimeout(timer);
      // TLS is begun by us, so that whoever speaks before that is not the server.
      if (statusCode !== 200 || head.length > 0) {
        socket.destroy();
        callback(new ProxyError(`the proxy answered ${statusCode}`), null);
      } else if (options.protocol === 'https:') {
        secure({ ...options, httpSocket: socket }, callback);
      } else {
        callback(null, socket);
      }
    });
    request.end();
  };
}

function portOf(protocol: string): number {
  return protocol === 'https:' ? 443 : 80;
}
