import { fileURLToPath } from 'node:url';
import { settingsFromEnvironment, type ClientSettings } from '../client/client.settings.js';
import { environment } from '../common/environment.js';
import { freePort } from '../common/free-port.js';
import type { IdentityServer } from '../identity-server/identity-server.js';
import { startSampleServer } from '../identity-server/sample-server.js';
import { MemoryLogger } from './memory.logger.js';
import { NestService, onPort } from './nest-service.js';

const dataFolder = fileURLToPath(new URL('../../.data', import.meta.url));

/** All servers of the sample in one process, so that the demo can look into them and stop them. */
export class Stage {
  private constructor(
    readonly logger: MemoryLogger,
    public identityServer: IdentityServer,
    readonly api: NestService,
    readonly orders: NestService,
    readonly gateway: NestService,
    readonly web: NestService,
  ) {}

  static async open(): Promise<Stage> {
    const logger = new MemoryLogger();
    // Here each application is alone, whatever else this machine has.
    delete process.env['REDIS_URL'];
    // The identity server sends users back to where the web application is, so that has to be known first.
    process.env['WEB_PORT'] = String(await freePort(environment.webPort()));
    const identityServer = await onPort(environment.identityServerPort(), (port) =>
      startSampleServer(port, dataFolder),
    );
    // The applications read the environment when they are loaded, so they are loaded only now.
    process.env['ISSUER'] = identityServer.issuer;
    const { ApiModule } = await import('../api/api.module.js');
    const api = new NestService(ApiModule, environment.apiPort(), logger);
    await api.start();
    process.env['API_URL'] = api.url;
    const { OrdersModule } = await import('../orders/orders.module.js');
    const orders = new NestService(OrdersModule, environment.ordersPort(), logger);
    await orders.start();
    process.env['ORDERS_URL'] = orders.url;
    const { GatewayModule } = await import('../gateway/gateway.module.js');
    const gateway = new NestService(GatewayModule, environment.gatewayPort(), logger);
    await gateway.start();
    const { WebModule } = await import('../web/web.module.js');
    const { setUpWeb } = await import('../web/web.setup.js');
    const web = new NestService(WebModule, environment.webPort(), logger, setUpWeb);
    await web.start();
    return new Stage(logger, identityServer, api, orders, gateway, web);
  }

  clientSettings(changes: Partial<ClientSettings> = {}): ClientSettings {
    return { ...settingsFromEnvironment(), ...changes };
  }

  /** Back on the same port with the same key: to everybody else it is the same server. */
  async restartIdentityServer(): Promise<void> {
    this.identityServer = await startSampleServer(this.identityServer.port, dataFolder);
  }

  /** The addresses, one on each line. */
  describe(): string {
    return [
      `identity server  ${this.identityServer.issuer}`,
      `api              ${this.api.url}`,
      `orders           ${this.orders.url}`,
      `gateway          ${this.gateway.url}`,
      `web              ${this.web.url}`,
    ].join('\n');
  }

  /** What was logged since the last time. */
  logged(): string[] {
    return this.logger.take();
  }

  /** What there is to do while all of it is running. */
  invitation(): string {
    return `Open ${this.web.url} in a browser and sign in: alice with alice-password, or bob with bob-password.

Try
  curl ${this.gateway.url}/orders
  curl -i ${this.api.url}/identity
  curl -u client:secret -d grant_type=client_credentials -d scope=api1 ${this.identityServer.issuer}/token`;
  }

  async close(): Promise<void> {
    const { web, gateway, orders, api } = this;
    await Promise.all([web, gateway, orders, api].map((service) => service.stop()));
    await this.identityServer.close();
  }
}
