import type { GrantedToken } from '../../authorization-server/issued-token.js';
import { noSpan, type SpanContext } from '../../authorization-server/span-context.js';
import { TokenEndpoint } from '../../authorization-server/token-endpoint.js';
import type { TokenRequest } from '../../authorization-server/token-request.js';
import { needsSecret } from '../../authorization-server/client-authentication/authentication-checks.js';
import { loadTelemetry } from '../../observability/load-telemetry.js';
import type {
  TokenClientModuleOptions,
  TokenClientOptions,
} from '../../token-client/options/token-client.options.js';
import { TokenClientRegistry } from '../../token-client/token-client.registry.js';
import type { TestClock } from '../test-clock.js';
import { apiAdapter } from './api-adapter.js';
import { MemoryServer } from './memory-server.js';
import type { TestNetwork } from './test-network.js';

const SECRET = 'a secret that only this test knows';

type NamedClients = Readonly<Record<string, TokenClientOptions>>;

/** The named clients of the application as it has them, with servers in memory. */
export async function testRegistry(
  given: TokenClientModuleOptions,
  announced: readonly string[] | undefined,
  network: TestNetwork,
  clock: TestClock,
): Promise<TokenClientRegistry> {
  const registry = new TestRegistry(given, announced, await loadTelemetry(), network, clock);
  network.know(() => registry.clients.map(({ name }) => name));
  return registry;
}

/** Asks the server in memory, and tells it for whom. */
class TestTokenEndpoint extends TokenEndpoint {
  constructor(
    private readonly server: MemoryServer,
    ...[settings, work]: ConstructorParameters<typeof TokenEndpoint>
  ) {
    super(settings, work, server.fetch);
  }

  override request(
    request: TokenRequest,
    client: string,
    within: SpanContext = noSpan,
  ): Promise<GrantedToken> {
    if ('issuer' in request.server) this.server.add(request.server.issuer);
    // Within, as token requests see nothing of the scope of whoever asks.
    return super.request(request, client, (work) => within(() => this.server.askFor(client, work)));
  }
}

class TestRegistry extends TokenClientRegistry {
  readonly #adapt: (clients: NamedClients) => NamedClients;

  constructor(
    given: TokenClientModuleOptions,
    announced: readonly string[] | undefined,
    telemetry: ConstructorParameters<typeof TokenClientRegistry>[2],
    network: TestNetwork,
    clock: TestClock,
  ) {
    const server = new MemoryServer(network);
    const adapt = (clients: NamedClients): NamedClients =>
      Object.fromEntries(
        Object.entries(clients).map(([name, own]) => {
          if (!isObject(own)) return [name, own];
          server.add(own.issuer);
          const adapter = apiAdapter(name, network, () => this.axios, own.adapter);
          return [name, { ...withSecret(own, given), adapter }];
        }),
      );
    const options = isObject(given)
      ? {
          ...withSecret(given, given),
          clock,
          // Other files of the test and other applications have tokens of their own.
          tokenCache: undefined,
          tokenLock: undefined,
          redis: undefined,
          redisKeyPrefix: undefined,
          ...(isObject(given.clients) && { clients: adapt(given.clients) }),
        }
      : given;
    super(
      options,
      announced,
      telemetry,
      undefined,
      (settings, work) => new TestTokenEndpoint(server, settings, work),
    );
    if (isObject(given)) server.add(given.issuer);
    this.#adapt = adapt;
  }

  override register(clients: NamedClients): void {
    super.register(this.#adapt(clients));
  }
}

/** Nobody has checked the options yet. */
function isObject(value: object | undefined): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whoever runs the tests need not know the secret. */
function withSecret<O extends TokenClientOptions | TokenClientModuleOptions>(
  own: O,
  { clientAuthentication }: TokenClientModuleOptions,
): O {
  const isMissing = own.clientSecret === undefined || own.clientSecret === '';
  if (own.clientId === undefined || !isMissing) return own;
  return needsSecret(own.clientAuthentication ?? clientAuthentication)
    ? { ...own, clientSecret: SECRET }
    : own;
}
