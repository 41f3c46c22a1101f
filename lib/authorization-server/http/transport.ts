import { LRUCache } from 'lru-cache';
import type { Dispatcher } from 'undici';
import { digestOf } from '../../common/digest.js';
import { environmentProxyFor } from './environment-proxy.js';
import { nodeDispatcher, UNKEPT } from './node-dispatcher.js';
import { tunnelConnector } from './proxy-tunnel.js';
import { isLoopback } from '../../common/secure-url.js';

const MAX_IDENTITIES = 100;

/** How requests leave the process, where it is not as Node.js does it. */
export interface TransportOptions {
  /** The proxy, perhaps with a user and a password: not to be shown. `'environment'`: those that it names. */
  readonly proxy?: string | undefined;
  /** The authorities to trust in place of those of Node.js. */
  readonly ca?: readonly string[] | undefined;
}

/** The certificate to present, with its key, as PEM text. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** What is needed of a `Response`: each implementation of `fetch` has a class of its own for it. */
export interface TransportResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Iterable<[string, string]>;
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
}

/** A request in the one form that both implementations of `fetch` read alike. */
export interface TransportRequest {
  readonly method: string;
  readonly headers: [string, string][];
  readonly body: string | null;
  readonly signal: AbortSignal;
}

/**
 * Sends requests on their route. Where nothing is special that is the `fetch` of Node.js; it takes no
 * certificates, and no dispatcher of another undici than its own, so for the rest there is undici,
 * loaded with the first request that needs it.
 */
export class Transport {
  readonly #ca: readonly string[] | undefined;
  readonly #proxyFor: (url: URL) => string | undefined;
  // Connections are kept per identity: one that was opened with a certificate speaks for its owner alone.
  readonly #dispatchers = new LRUCache<string, Dispatcher>({
    max: MAX_IDENTITIES,
    // Requests under way are finished first.
    dispose: (dispatcher) => void dispatcher.close().catch(() => undefined),
  });

  /** @param tunnelTimeoutMs how long a proxy may take to dig a tunnel, which no signal ends */
  constructor(
    route: TransportOptions,
    private readonly tunnelTimeoutMs: number,
  ) {
    const { proxy, ca } = route;
    this.#ca = ca;
    const environment = proxy === 'environment' ? { ...process.env } : undefined;
    this.#proxyFor = environment ? (url) => environmentProxyFor(url, environment) : () => proxy;
  }

  /** Whether a request to this URL goes through a proxy. */
  hasProxy(url: URL): boolean {
    return this.#proxyFor(url) !== undefined;
  }

  /**
   * @param identity the certificate to present
   * @param fresh whether it goes over a connection of its own: one that is kept may be closed by the server at any time, and
   *   then nobody knows whether it has seen the request
   */
  async send(
    url: string,
    shipment: TransportRequest,
    identity: Identity | undefined,
    fresh = false,
  ): Promise<TransportResponse> {
    const init = { ...shipment, redirect: 'manual' as const };
    const target = new URL(url);
    const proxy = this.#proxyFor(target);
    if (!identity && !proxy && !this.#ca) {
      const dispatcher = nodeDispatcher({ fresh, direct: isLoopback(target) });
      return fetch(url, Object.assign(init, dispatcher && { dispatcher }));
    }
    const undici = await import('undici');
    const dispatcher = this.dispatcherFor(undici, identity, proxy, fresh);
    return undici.fetch(url, { ...init, dispatcher });
  }

  /** Gives up the connections that are kept. */
  close(): void {
    this.#dispatchers.clear();
  }

  private dispatcherFor(
    undici: typeof import('undici'),
    identity: Identity | undefined,
    proxy: string | undefined,
    fresh: boolean,
  ): Dispatcher {
    const name = nameOf(identity, proxy, fresh);
    const known = this.#dispatchers.get(name);
    if (known) return known;
    const trusted = this.#ca && [...this.#ca];
    const secure = undici.buildConnector({
      ...(trusted && { ca: trusted }),
      ...(identity && { cert: identity.certificate, key: identity.key }),
    });
    // The certificate is for the server at the end of the tunnel, and not for the proxy.
    const connect = proxy
      ? tunnelConnector({ url: proxy, ca: trusted, timeoutMs: this.tunnelTimeoutMs }, secure)
      : secure;
    const dispatcher = new undici.Agent({ connect, ...(fresh && UNKEPT) });
    this.#dispatchers.set(name, dispatcher);
    return dispatcher;
  }
}

function nameOf(identity: Identity | undefined, proxy = '', fresh = false): string {
  const { certificate = '', key = '' } = identity ?? {};
  return digestOf([certificate, key, proxy, fresh ? 'fresh' : '']);
}
