import { Logger } from '@nestjs/common';
import { ConfigurationError } from '../common/configuration.error.js';
import { isJsonObject } from '../common/json.js';
import type { OwnRedis } from '../replicas/redis/own-redis.js';
import type { SharedOptions } from './options/shared-redis.js';
import { Faults } from '../common/options/faults.js';
import type { ResolvedClient } from './options/resolved-client.js';
import { resolveClient, resolveSettings } from './options/resolve-options.js';
import { missingFaults, templateOf } from './options/resolve-token-request.js';
import { DetachedTasks } from '../common/detached-tasks.js';
import { TokenEndpoint } from '../authorization-server/token-endpoint.js';
import { axiosOfApplication } from './axios/axios-build.js';
import type { AxiosBuild } from './axios/is-axios.js';
import type { TokenEndpointSettings } from '../authorization-server/token-endpoint.settings.js';
import type { TokenLookup } from './cache/cached-token.js';
import type {
  KeyedRequest,
  TokenRequestTemplate,
} from '../authorization-server/token-request.factory.js';
import { UnknownTokenClientError } from './calls/call.errors.js';
import type { Telemetry } from '../observability/telemetry.js';
import { TokenObserver } from '../observability/token-observer.js';
import { Replicas } from './cache/replicas.js';
import type {
  TokenClientModuleOptions,
  TokenClientOptions,
} from './options/token-client.options.js';
import type { UserTokenStore } from '../user-tokens/user-token.store.js';

type EndpointMaker = (settings: TokenEndpointSettings, work: DetachedTasks) => TokenEndpoint;

type NamedClients = Readonly<Record<string, TokenClientOptions>>;

const OTHERS_BESIDE =
  'This application calls forRoot more than once, and these are the clients of one of them: see the warning at start.';

/** Every named client of an application, those of `forRoot` and those of each `forFeature`. */
export class TokenClientRegistry {
  readonly observer: TokenObserver;
  /** Everything under way that belongs to no caller. */
  readonly work = new DetachedTasks();
  /** Whether the application has more than one of these, each with clients that the others do not know. */
  hasOthersBeside = false;
  // Private: they hold headers and the address of a proxy, which may be secret.
  readonly #settings: TokenEndpointSettings;
  readonly #endpoint: TokenEndpoint;
  readonly #replicas: Replicas;
  readonly #options: TokenClientModuleOptions;
  readonly #redis: OwnRedis | undefined;
  #axios: AxiosBuild | undefined;
  #userTemplate: TokenRequestTemplate | undefined;
  readonly #beforeEnd: (() => Promise<void>)[] = [];
  #end: Promise<void> | undefined;
  readonly #clients = new Map<string, ResolvedClient>();

  /**
   * @param announced the names that `forRootAsync` was given, which must be those of the options
   * @param redis what was opened for these options, and is closed last; or why it was not
   * @param makeEndpoint makes what asks for tokens
   * @throws {ConfigurationError} with all that is wrong
   */
  constructor(
    options: TokenClientModuleOptions,
    announced?: readonly string[],
    telemetry?: Telemetry,
    redis: Pick<SharedOptions, 'own' | 'fault'> = {},
    makeEndpoint: EndpointMaker = (settings, work) => new TokenEndpoint(settings, work),
  ) {
    const faults = new Faults();
    // The factory of forRootAsync is checked by nobody else.
    const given: unknown = options;
    if (!isJsonObject(given)) {
      throw new ConfigurationError('TokenClientModule', [
        'options: missing. Return them from the factory of forRootAsync.',
      ]);
    }
    this.#options = options;
    this.#redis = redis.own;
    faults.add(redis.fault);
    this.#settings = resolveSettings(options, faults);
    const clients = options.clients ?? {};
    if (announced) checkAnnounced(announced, Object.keys(clients), faults);
    this.add(clients, faults);
    faults.throwIfAny();
    const logger = new Logger('TokenClientModule');
    const { clock } = this.settings;
    this.observer = new TokenObserver(logger, clock, options.hooks, telemetry);
    this.#replicas = new Replicas(options, () => [...this.#clients.keys()], clock, logger);
    this.#endpoint = makeEndpoint(this.#settings, this.work);
  }

  /**
   * Adds the clients of a `forFeature`.
   *
   * @throws {ConfigurationError} with all that is wrong with them
   */
  register(clients: NamedClients): void {
    const faults = new Faults();
    this.add(clients, faults);
    faults.throwIfAny();
  }

  /** @throws {UnknownTokenClientError} */
  get(name: string): ResolvedClient {
    const client = this.#clients.get(name);
    if (!client) {
      const hint = this.hasOthersBeside ? OTHERS_BESIDE : undefined;
      throw new UnknownTokenClientError(name, [...this.#clients.keys()], hint);
    }
    return client;
  }

  get settings(): TokenEndpointSettings {
    return this.#settings;
  }

  /** What clients are made with. Found out late, when all of the application has been loaded. */
  get axios(): AxiosBuild {
    return (this.#axios ??= axiosOfApplication(this.#options.axios));
  }

  get endpoint(): TokenEndpoint {
    return this.#endpoint;
  }

  /** What this process has in common with the other replicas. */
  get replicas(): Replicas {
    return this.#replicas;
  }

  /** Whether the start waits for the tokens of the application. */
  get warmsUp(): boolean {
    return this.#options.warmUp === 'eager';
  }

  /** Where the tokens of users live, if the options say so. */
  get userTokenStore(): UserTokenStore | undefined {
    return this.#options.userTokenStore;
  }

  /** How long before its end the token of a user is refreshed. */
  get refreshBeforeMs(): number {
    return (this.#options.refreshBeforeExpirySeconds ?? 60) * 1000;
  }

  /**
   * What the tokens of users are asked for with: the shared options.
   *
   * @throws {ConfigurationError} where they do not say all that is needed
   */
  get userTemplate(): TokenRequestTemplate {
    return (this.#userTemplate ??= this.resolveUserTemplate());
  }

  /** Begins to share with other replicas, if the options say so. Does not wait for them for longer than a second. */
  async open(): Promise<void> {
    await this.#redis?.connect();
    this.#replicas.open(this.clients);
  }

  /** Has something waited for before the work under way is given up. */
  beforeEnd(work: () => Promise<void>): void {
    this.#beforeEnd.push(work);
  }

  /** Waits for what must not be given up half-way, and gives up the rest. Once, whoever calls it first. */
  end(): Promise<void> {
    return (this.#end ??= this.endNow());
  }

  private async endNow(): Promise<void> {
    await Promise.allSettled(this.#beforeEnd.map((work) => work()));
    this.observer.end();
    this.work.end();
    await this.#replicas.close();
    this.#endpoint.close();
    this.#redis?.close();
  }

  /** Every client there is. */
  get clients(): readonly ResolvedClient[] {
    return [...this.#clients.values()];
  }

  /** Who the application is, at all authorization servers that its options name. */
  get clientIds(): ReadonlySet<string> {
    const own = this.clients.map(({ template }) => template?.credentials.clientId);
    const ids = [this.#options.clientId, ...own];
    return new Set(ids.filter((id) => id !== undefined));
  }

  /** How a named client gets its token by way of the other replicas, if there are any. */
  shareOf(name: string, { key, request }: KeyedRequest): TokenLookup['share'] {
    const { tokens } = this.#replicas;
    if (!tokens) return undefined;
    return (lookup) => {
      const alike = this.clients.filter(({ standard }) => standard?.key === key);
      // Whoever asks for what is usual with others has no less to say about it.
      const clients = new Set([name, ...alike.map((client) => client.name)]);
      return tokens.get({ request, clients: [...clients].toSorted() }, lookup);
    };
  }

  private resolveUserTemplate(): TokenRequestTemplate {
    const faults = new Faults();
    for (const fault of missingFaults('', this.#options, this.#options)) faults.add(fault);
    faults.throwIfAny();
    return templateOf(this.#options, {});
  }

  private add(clients: NamedClients, faults: Faults): void {
    for (const [name, own] of Object.entries(clients)) {
      if (this.#clients.has(name)) {
        faults.add(`clients.${name}: registered twice. Give one of them another name.`);
        continue;
      }
      const client = resolveClient(name, own, this.#options, faults);
      if (client) this.#clients.set(name, client);
    }
  }
}

function checkAnnounced(
  announced: readonly string[],
  given: readonly string[],
  faults: Faults,
): void {
  for (const name of announced.filter((one) => !given.includes(one))) {
    faults.add(
      `clients.${name}: named in forRootAsync({ clients }), but the factory does not give it. Add it to what the factory returns, or remove the name.`,
    );
  }
  for (const name of given.filter((one) => !announced.includes(one))) {
    faults.add(
      `clients.${name}: given by the factory, but not named in forRootAsync({ clients }), so nobody could inject it. Add the name there.`,
    );
  }
}
