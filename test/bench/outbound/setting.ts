import type { Peer, Processes } from '../common/processes.js';
import type { Job } from './clients/jobs.js';
import type { ClientName } from './plan.js';

/** How a token endpoint answers. */
export interface EndpointManner {
  readonly status?: number;
  readonly delayMs?: number;
  readonly expiresIn?: number;
}

/** A contestant in a process of its own. */
export interface Client {
  readonly name: ClientName;
  ask<Answer>(job: Job): Promise<Answer>;
  end(): Promise<void>;
}

/** The API and the token endpoint, each in a process of its own, and clients as many as are wanted. */
export class Setting {
  private made = 0;

  private constructor(
    private readonly processes: Processes,
    readonly api: string,
    private readonly issuer: string,
    private readonly apiPeer: Peer,
    private readonly issuerPeer: Peer,
  ) {}

  static async start(processes: Processes): Promise<Setting> {
    const peers = (['api', 'token-endpoint'] as const).map((name) =>
      processes.start(name, new URL(`./servers/${name}.js`, import.meta.url)),
    );
    const urls = await Promise.all(peers.map((peer) => peer.ask<{ url: string }>()));
    const [api, issuer] = peers;
    if (!api || !issuer) throw new Error('there are two of them');
    return new Setting(processes, urls[0]?.url ?? '', urls[1]?.url ?? '', api, issuer);
  }

  /** A token endpoint for one client alone. */
  tokenEndpoint({ status = 200, delayMs = 0, expiresIn = 3600 }: EndpointManner = {}): string {
    this.made += 1;
    return `${this.issuer}/client-${this.made}/${status}/${delayMs}/${expiresIn}`;
  }

  /** Starts a client that has no token yet. */
  async client(name: ClientName, tokenEndpoint: string, flags: string[] = []): Promise<Client> {
    const program = new URL('./clients/client.js', import.meta.url);
    const peer = this.processes.start(name, program, [name], flags);
    await peer.ask();
    const job: Job = { kind: 'open', baseURL: this.api, tokenEndpoint };
    await peer.ask(job);
    return { name, ask: (question) => peer.ask(question), end: () => peer.end() };
  }

  async tokenRequests(tokenEndpoint: string): Promise<number> {
    const counts = await this.issuerPeer.ask<Record<string, number>>('count');
    return counts[new URL(tokenEndpoint).pathname] ?? 0;
  }

  /** @throws if a call has come to the API without a token: somebody has cheated */
  async checkCalls(): Promise<void> {
    const { refused } = await this.apiPeer.ask<{ refused: number }>('count');
    if (refused > 0) throw new Error(`${refused} calls came to the API without a token`);
  }
}
