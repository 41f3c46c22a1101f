import { LRUCache } from 'lru-cache';
import { atMost } from '../common/at-most.js';
import type { BackchannelFetch } from './http/backchannel.js';
import { BackchannelError } from './http/backchannel.js';
import type { Clock } from '../common/clock.js';
import { discoverIssuer, type IssuerMetadata } from './issuer-metadata.js';
import { oneLine } from '../common/excerpt.js';
import { isJsonObject } from '../common/json.js';
import { remainingMs } from '../common/remaining.js';
import { SingleFlight } from '../common/single-flight.js';
import type { DetachedTasks } from '../common/detached-tasks.js';
import type { TokenServer } from './token-request.js';

const MAX_SERVERS = 1_000;
const MAX_TEXT_LENGTH = 2_048;
const MAX_LIST_LENGTH = 64;
const METHOD = /^[\w.:-]{1,60}$/;
const KEEP_MS = 60 * 60 * 1000;
const RETRY_MS = 60 * 1000;

/** Where an authorization server gives out tokens. */
export interface TokenEndpointLocation {
  /** As the server calls itself; its origin where nobody said. */
  readonly issuer: string;
  readonly endpoint: string;
  /** Where it revokes tokens (RFC 7009), if anywhere. */
  readonly revocationEndpoint?: string | undefined;
  /** How clients may prove there who they are, as far as the server says so. */
  readonly authenticationMethods?: readonly string[] | undefined;
}

/** Knows the token endpoint of every authorization server, and asks the server itself where it has to. */
export class TokenEndpointDiscovery {
  readonly #known = new LRUCache<string, { metadata: IssuerMetadata; until: number }>(
    atMost(MAX_SERVERS),
  );
  readonly #discoveries = new SingleFlight<IssuerMetadata>();

  constructor(
    private readonly clock: Clock,
    private readonly fetch: BackchannelFetch,
    private readonly timeoutMs: number,
    private readonly work: DetachedTasks,
  ) {}

  /**
   * @param withCertificate where clients go that are known by a TLS certificate (RFC 8705 section 5)
   * @throws {BackchannelError}
   */
  async locate(server: TokenServer, withCertificate: boolean): Promise<TokenEndpointLocation> {
    if ('tokenEndpoint' in server) {
      const { tokenEndpoint: endpoint } = server;
      return { issuer: new URL(endpoint).origin, endpoint };
    }
    const { issuer } = server;
    const metadata = await this.metadataOf(issuer);
    const alias = (name: string) => (withCertificate ? aliasIn(metadata, name) : undefined);
    const endpoint = alias('token_endpoint') ?? metadata.token_endpoint;
    const revocation = alias('revocation_endpoint') ?? metadata['revocation_endpoint'];
    const revocationEndpoint = typeof revocation === 'string' ? revocation : undefined;
    const authenticationMethods = methodsIn(metadata);
    if (endpoint) return { issuer, endpoint, revocationEndpoint, authenticationMethods };
    throw new BackchannelError(
      `the metadata of ${oneLine(issuer)} has no token_endpoint that may be used; give the option tokenEndpoint`,
    );
  }

  /**
   * All that an authorization server says of itself.
   *
   * @throws {BackchannelError}
   */
  async metadataOf(issuer: string): Promise<IssuerMetadata> {
    const known = this.#known.get(issuer);
    if (known && remainingMs(known.until, this.clock.now(), KEEP_MS) > 0) return known.metadata;
    try {
      const metadata = await this.#discoveries.run(issuer, async () =>
        essential(await this.discover(issuer)),
      );
      this.#known.set(issuer, { metadata, until: this.clock.now() + KEEP_MS });
      return metadata;
    } catch (error) {
      if (!known) throw error;
      // A server that is only shut for discovery can still give tokens where it gave them before.
      known.until = this.clock.now() + RETRY_MS;
      return known.metadata;
    }
  }

  /** Whoever comes next asks the server itself. */
  forget(server: TokenServer): void {
    if ('issuer' in server) this.#known.delete(server.issuer);
  }

  /** Not under the signal of a token request: others may wait for the same metadata. */
  private discover(issuer: string): Promise<IssuerMetadata> {
    return this.work.run(this.timeoutMs, (signal) =>
      discoverIssuer(issuer, (url, init) => this.fetch(url, { ...init, signal })),
    );
  }
}

/** What is kept of metadata: a server can write a megabyte of it, and there may be a server for each tenant. */
function essential(metadata: IssuerMetadata): IssuerMetadata {
  const kept = Object.entries(metadata).filter(([, value]) =>
    isJsonObject(value) ? Object.values(value).every(isShort) : isShort(value),
  );
  return { ...Object.fromEntries(kept.slice(0, 2 * MAX_LIST_LENGTH)), issuer: metadata.issuer };
}

function isShort(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT_LENGTH;
  if (Array.isArray(value)) {
    return (
      value.length <= MAX_LIST_LENGTH &&
      value.every((entry) => typeof entry !== 'object' && isShort(entry))
    );
  }
  return typeof value !== 'object';
}

/** RFC 8414 section 2. Names that are none are nothing to anybody. */
function methodsIn({
  token_endpoint_auth_methods_supported: listed,
}: IssuerMetadata): string[] | undefined {
  if (!Array.isArray(listed)) return undefined;
  const given: readonly unknown[] = listed;
  return given.filter((one) => typeof one === 'string').filter((one) => METHOD.test(one));
}

function aliasIn(
  { mtls_endpoint_aliases: aliases }: IssuerMetadata,
  name: string,
): string | undefined {
  const alias = isJsonObject(aliases) ? aliases[name] : undefined;
  // The way there is https or nothing: a certificate has no meaning without TLS.
  const usable = typeof alias === 'string' && URL.canParse(alias) && alias.startsWith('https://');
  return usable ? alias : undefined;
}
