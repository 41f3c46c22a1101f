import type { HttpService } from '@nestjs/axios';
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AxiosInstance } from 'axios';
import {
  ClientTokenService,
  getTokenClientToken,
  getTokenHttpServiceToken,
  TokenClientModule,
  type TokenClientModuleOptions,
} from 'nestjs-access-tokens';
import { MemoryLogger } from './memory-logger.js';

const running: TokenClients[] = [];

/** A Nest application, without HTTP of its own, that has named clients. */
export class TokenClients {
  private constructor(
    readonly app: INestApplicationContext,
    /** Everything that was logged. */
    readonly logs: MemoryLogger,
  ) {}

  /** Starts an application with `forRoot`, or with modules of the test's own. */
  static async start(parts: TokenClientModuleOptions | DynamicModule[]): Promise<TokenClients> {
    const imports = Array.isArray(parts) ? parts : [TokenClientModule.forRoot(parts)];
    const logs = new MemoryLogger();
    class AppModule {}
    const app = await NestFactory.createApplicationContext(
      { module: AppModule, imports },
      { logger: logs, abortOnError: false },
    );
    const clients = new TokenClients(app, logs);
    running.push(clients);
    return clients;
  }

  /** For `afterEach`. */
  static async stopAll(): Promise<void> {
    await Promise.all(running.splice(0).map(({ app }) => app.close()));
  }

  get tokens(): ClientTokenService {
    return this.app.get(ClientTokenService);
  }

  axios(name: string): AxiosInstance {
    return this.app.get<AxiosInstance>(getTokenClientToken(name), { strict: false });
  }

  httpService(name: string): HttpService {
    return this.app.get<HttpService>(getTokenHttpServiceToken(name), { strict: false });
  }
}
