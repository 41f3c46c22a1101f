import type { BackchannelFetch } from '../../common/backchannel.js';
import { BackchannelError } from '../../common/backchannel.js';
import type { Clock } from '../../common/clock.js';
import { discoverIssuer, type IssuerMetadata } from '../../common/issuer-metadata.js';
import { SingleFlight } from '../../common/single-flight.js';
import type { BoundedWork } from './bounded-work.js';
import type { TokenServer } from './token-request.js';

const KEEP_MS = 60 * 60 * 1000;
const RETRY_MS = 60 * 1000;

/** Knows the token endpoint of every authorization server, and asks the server itself where it has to. */
export class AuthorizationServers {
  readonly #known = new Map<string, { metadata: IssuerMetadata; until: number }>();
  readonly #discoveries = new SingleFlight<IssuerMetadata>();

  constructor(
    private readonly clock: Clock,
    private readonly fetch: BackchannelFetch,
    private readonly timeoutMs: number,
    private readonly work: BoundedWork,
  ) {}

  /** @throws {BackchannelError} */
  async tokenEndpointOf(server: TokenServer): Promise<string> {
    if ('tokenEndpoint' in server) return server.tokenEndpoint;
    const metadata = await this.metadataOf(server.issuer);
    if (metadata.token_endpoint) return metadata.token_endpoint;
    throw new BackchannelError(
      `the metadata of ${server.issuer} has no token_endpoint that may be used; give the option tokenEndpoint`,
    );
  }

  private async metadataOf(issuer: string): Promise<IssuerMetadata> {
    const known = this.#known.get(issuer);
    if (known && this.clock.now() < known.until) return known.metadata;
    try {
      const metadata = await this.#discoveries.run(issuer, () => this.discover(issuer));
      this.#known.set(issuer, { metadata, until: this.clock.now() + KEEP_MS });
      return metadata;
    } catch (error) {
      if (!known) throw error;
      // A server that is only shut for discovery can still give tokens where it gave them before.
      known.until = this.clock.now() + RETRY_MS;
      return known.metadata;
    }
  }

  /** Not under the signal of a token request: others may wait for the same metadata. */
  private discover(issuer: string): Promise<IssuerMetadata> {
    return this.work.run(this.timeoutMs, (signal) =>
      discoverIssuer(issuer, (url, init) => this.fetch(url, { ...init, signal })),
    );
  }
}
