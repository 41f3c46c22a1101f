import type { GetTokenOptions, TokenClientModuleOptions } from 'nestjs-access-tokens';
import { TestClock } from './clock.js';
import { RecordingServer, tokenEndpoint } from './recording-server.js';
import { newKey } from './replicas.js';
import { SharedStore } from './shared-store.js';
import { Stage } from './stage.js';
import { TokenClients } from './token-clients.js';
import { until } from './until.js';

/** Named clients of an API. */
type ClientsAt = (baseURL: string) => TokenClientModuleOptions['clients'];

/** A stage for replicas that share the tokens of the application itself: `token-1`, `token-2` and so on. */
export class ReplicaStage extends Stage {
  /** What the named clients call. */
  api!: RecordingServer;
  readonly encryptionKeys = [newKey()];
  readonly #clients: ClientsAt;
  #wishes = 0;

  constructor({
    Clock = TestClock,
    clients = (baseURL) => ({ orders: { baseURL } }),
  }: { Clock?: typeof TestClock; clients?: ClientsAt } = {}) {
    super(Clock, SharedStore);
    this.#clients = clients;
    beforeAll(async () => {
      this.api = await RecordingServer.start();
    });
    beforeEach(() => {
      this.server.respond = tokenEndpoint();
      this.api.requests.length = 0;
      this.api.respond = () => ({ body: {} });
    });
    afterAll(() => this.api.stop());
  }

  readonly start = async (more: Partial<TokenClientModuleOptions> = {}) => {
    const clients = await TokenClients.start({
      tokenEndpoint: `${this.server.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clock: this.clock,
      tokenCache: this.store,
      encryptionKeys: this.encryptionKeys,
      backchannel: { retries: 0 },
      clients: this.#clients(this.api.origin),
      ...more,
    });
    const { tokens } = clients;
    const getFor = async (name: string, options?: GetTokenOptions) =>
      (await tokens.getToken(name, options)).accessToken;
    const get = (options?: GetTokenOptions) => getFor('orders', options);
    /** Calls each of which wants a token that nobody has asked for. */
    const getNew = (count: number) =>
      Promise.all(Array.from({ length: count }, () => get({ scope: `scope-${++this.#wishes}` })));
    return { clients, tokens, getFor, get, getNew };
  };

  /** Until what was got is there for the others. */
  readonly published = (count = 1): Promise<void> =>
    until(() => this.store.count(/^set .*:token:/) === count);

  /** Where the version of the one client is that was invalidated. */
  readonly version = (): string =>
    [...this.store.rows.keys()].find((key) => key.includes(':version:')) ?? '';

  /** Until every replica has looked a few times. */
  readonly looks = async (replicas: number): Promise<void> => {
    const before = this.store.count(/^get .*:version:/);
    await until(() => this.store.count(/^get .*:version:/) >= before + 2 * replicas);
  };
}
