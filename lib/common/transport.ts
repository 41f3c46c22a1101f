import { LRUCache } from 'lru-cache';
import type { Dispatcher } from 'undici';
import { digestOf } from './digest.js';
import { tunnelConnector } from './proxy-tunnel.js';

const MAX_IDENTITIES = 100;

/** How requests leave the process, where it is not as Node.js does it. */
export interface Route {
  /** The proxy, perhaps with a user and a password: not to be shown. */
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
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Iterable<[string, string]>;
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
}

/** A request in the one form that both implementations of `fetch` read alike. */
export interface Shipment {
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
  readonly #route: Route;
  // Connections are kept per identity: one that was opened with a certificate speaks for its owner alone.
  readonly #dispatchers = new LRUCache<string, Dispatcher>({
    max: MAX_IDENTITIES,
    // Requests under way are finished first.
    dispose: (dispatcher) => void dispatcher.close().catch(() => undefined),
  });

  /** @param patienceMs how long a proxy may take to dig a tunnel, which no signal ends */
  constructor(
    route: Route,
    private readonly patienceMs: number,
  ) {
    this.#route = route;
  }

  async send(url: string, shipment: Shipment, identity: Identity | undefined): Promise<Answer> {
    const init = { ...shipment, redirect: 'manual' as const };
    const { proxy, ca } = this.#route;
    if (!identity && !proxy && !ca) return fetch(url, init);
    const undici = await import('undici');
    return undici.fetch(url, { ...init, dispatcher: this.dispatcherFor(undici, identity) });
  }

  /** Gives up the connections that are kept. */
  close(): void {
    this.#dispatchers.clear();
  }

  private dispatcherFor(
    undici: typeof import('undici'),
    identity: Identity | undefined,
  ): Dispatcher {
    const name = nameOf(identity);
    const known = this.#dispatchers.get(name);
    if (known) return known;
    const { proxy, ca } = this.#route;
    const trusted = ca && [...ca];
    const secure = undici.buildConnector({
      ...(trusted && { ca: trusted }),
      ...(identity && { cert: identity.certificate, key: identity.key }),
    });
    // The certificate is for the server at the end of the tunnel, and not for the proxy.
    const connect = proxy
      ? tunnelConnector({ url: proxy, ca: trusted, timeoutMs: this.patienceMs }, secure)
      : secure;
    const dispatcher = new undici.Agent({ connect });
    this.#dispatchers.set(name, dispatcher);
    return dispatcher;
  }
}

function nameOf(identity: Identity | undefined): string {
  if (!identity) return 'nobody';
  const { certificate, key } = identity;
  return digestOf([certificate, key]);
}
