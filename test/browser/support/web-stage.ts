import type { INestApplication, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { freePort } from '../../../sample/src/common/free-port.js';
import { webClient } from '../../../sample/src/identity-server/identity-server.config.js';
import type { User } from '../../../sample/src/identity-server/users.js';
import type { webConfig as WebConfig } from '../../../sample/src/web/web.config.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { MemoryLogger } from '../../support/memory-logger.js';

export interface WebStageOptions {
  /** Default: alice and bob */
  users?: readonly User[];
}

/** The web application of the sample with everything behind it, in this process and on free ports. */
export class WebStage {
  /** The clock of the web application; all others go by the one of the machine. */
  readonly clock = new TestClock();
  readonly logs = new MemoryLogger();
  private api: INestApplication | undefined;
  private apiPort = 0;
  private web: INestApplication | undefined;

  private constructor(
    readonly url: string,
    readonly server: AuthorizationServer,
  ) {}

  static async open({ users }: WebStageOptions = {}): Promise<WebStage> {
    // Its address is part of its options and of its registration, so it has to be known first.
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const server = await AuthorizationServer.start({
      accessTokenTtlSeconds: 75,
      ...(users && { users }),
    });
    server.register(webClient(url));
    const stage = new WebStage(url, server);
    stage.apiPort = await freePort();
    await stage.startApi();
    await stage.startWeb(port);
    return stage;
  }

  async startApi(): Promise<void> {
    // It reads the environment when it is loaded.
    process.env['ISSUER'] = this.server.issuer;
    const { ApiModule } = await import('../../../sample/src/api/api.module.js');
    this.api = await this.create(ApiModule);
    await this.api.listen(this.apiPort, '127.0.0.1');
  }

  async stopApi(): Promise<void> {
    await this.api?.close();
    this.api = undefined;
  }

  async close(): Promise<void> {
    await this.web?.close();
    await this.stopApi();
    await this.server.stop();
  }

  private async startWeb(port: number): Promise<void> {
    const { WebModule } = await import('../../../sample/src/web/web.module.js');
    const { webConfig } = await import('../../../sample/src/web/web.config.js');
    const { setUpWeb } = await import('../../../sample/src/web/web.setup.js');
    const config: ReturnType<typeof WebConfig> = {
      url: this.url,
      issuer: this.server.issuer,
      apiUrl: `http://127.0.0.1:${this.apiPort}`,
      clientId: 'web',
      clientSecret: 'web-secret',
      sessionSecret: 'a secret that signs the cookies of one test',
      clock: this.clock,
    };
    this.web = await this.create(WebModule, (builder) =>
      builder.overrideProvider(webConfig.KEY).useValue(config),
    );
    setUpWeb(this.web);
    await this.web.listen(port, '127.0.0.1');
  }

  private async create(
    module: Type,
    change: (
      builder: ReturnType<typeof Test.createTestingModule>,
    ) => ReturnType<typeof Test.createTestingModule> = (builder) => builder,
  ): Promise<INestApplication> {
    const builder = change(Test.createTestingModule({ imports: [module] }));
    const compiled = await builder.setLogger(this.logs).compile();
    return compiled.createNestApplication({ forceCloseConnections: true });
  }
}
