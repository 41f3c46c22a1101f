import { fileURLToPath } from 'node:url';
import { environment } from '../../common/environment.js';
import { freePort } from '../../common/free-port.js';
import type { IdentityServer } from '../../identity-server/identity-server.js';
import { startSampleServer } from '../../identity-server/sample-server.js';
import { MemoryLogger } from '../memory.logger.js';
import { NestService, onPort } from '../nest-service.js';
import { RedisServer } from './redis-server.js';
import { Replica } from './replica.js';

const dataFolder = fileURLToPath(new URL('../../../.data', import.meta.url));

/** Nobody wants to wait long until a token of a user is due. */
export const userTokenSeconds = 10;

/**
 * The gateway and the web application twice, as processes of their own that share a Redis. What they talk to is in
 * this process, so that the demo can count what it is asked.
 */
export class ReplicasStage {
  private constructor(
    readonly logger: MemoryLogger,
    readonly redis: RedisServer,
    readonly identityServer: IdentityServer,
    private readonly services: readonly NestService[],
    readonly gateways: readonly [Replica, Replica],
    readonly webs: readonly [Replica, Replica],
  ) {}

  static async open(): Promise<ReplicasStage> {
    const logger = new MemoryLogger();
    const redis = await RedisServer.start();
    // Users come to one address, as they do with a load balancer: that of the first replica.
    process.env['WEB_PORT'] = String(await freePort(environment.webPort()));
    process.env['WEB_URL'] = environment.webUrl();
    const identityServer = await onPort(environment.identityServerPort(), (port) =>
      startSampleServer(port, dataFolder, userTokenSeconds),
    );
    // The applications read the environment when they are loaded, so they are loaded only now.
    process.env['ISSUER'] = identityServer.issuer;
    const { ApiModule } = await import('../../api/api.module.js');
    const { OrdersModule } = await import('../../orders/orders.module.js');
    const api = new NestService(ApiModule, environment.apiPort(), logger);
    const orders = new NestService(OrdersModule, environment.ordersPort(), logger);
    await Promise.all([api.start(), orders.start()]);
    const shared = { API_URL: api.url, ORDERS_URL: orders.url, REDIS_URL: redis.url };
    const gateways = [
      new Replica('gateway 1', 'gateway', await freePort(environment.gatewayPort()), shared),
      new Replica('gateway 2', 'gateway', await freePort(), shared),
    ] as const;
    const webs = [
      new Replica('web 1', 'web', environment.webPort(), shared),
      new Replica('web 2', 'web', await freePort(), shared),
    ] as const;
    await Promise.all([...gateways, ...webs].map((replica) => replica.start()));
    return new ReplicasStage(logger, redis, identityServer, [api, orders], gateways, webs);
  }

  get replicas(): readonly Replica[] {
    return [...this.gateways, ...this.webs];
  }

  /** How many token requests with this grant type were answered since the traffic was cleared. */
  tokenRequests(grantType: 'client_credentials' | 'refresh_token'): number {
    return this.identityServer.traffic.tokenExchanges.filter(
      ({ parameters }) => parameters['grant_type'] === grantType,
    ).length;
  }

  /** The addresses, one on each line. */
  describe(): string {
    const { redis, identityServer, replicas } = this;
    return [
      `redis            ${redis.url}`,
      `identity server  ${identityServer.issuer}`,
      ...replicas.map(({ name, url }) => `${name.padEnd(15)}  ${url}`),
    ].join('\n');
  }

  /** The warnings and errors so far, of what runs in this process since the last time. */
  logged(): string[] {
    const ofReplicas = this.replicas.flatMap((replica) => replica.logged());
    return [...this.logger.take(), ...ofReplicas.filter((line) => !line.includes(': LOG ['))];
  }

  /** What there is to do while all of it is running. */
  invitation(): string {
    const [first, second] = this.webs;
    return `Open ${first.url} in a browser and sign in: alice with alice-password, or bob with bob-password.
Then open ${second.url}: it is another process, and knows you.`;
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.stop()));
    await Promise.all(this.services.map((service) => service.stop()));
    await this.identityServer.close();
    await this.redis.stop();
  }
}
