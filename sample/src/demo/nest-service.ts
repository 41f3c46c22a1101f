import type { INestApplication, LoggerService, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

/** One of the samples that are servers, started and stopped at will. */
export class NestService {
  private application: INestApplication | undefined;

  constructor(
    private readonly module: Type,
    private port: number,
    private readonly logger: LoggerService,
    /** What it needs before it listens. */
    private readonly setUp: (application: INestApplication) => void = () => {},
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get running(): INestApplication {
    if (!this.application) {
      throw new Error(`${this.module.name} has not been started`);
    }
    return this.application;
  }

  async start(): Promise<void> {
    const application = await NestFactory.create(this.module, {
      logger: this.logger,
      abortOnError: false,
      // The keep-alive connections of its callers would delay the end.
      forceCloseConnections: true,
    });
    this.setUp(application);
    this.port = await onPort(this.port, async (port) => {
      await application.listen(port, '127.0.0.1');
      return Number(new URL(await application.getUrl()).port);
    });
    this.application = application;
  }

  async stop(): Promise<void> {
    const { application } = this;
    this.application = undefined;
    await application?.close();
  }
}

/** On this port, or on any that is free if another program has it. */
export async function onPort<T>(port: number, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(port);
  } catch (error) {
    const { code }: { code?: string } = { ...Object(error) };
    if (code === 'EADDRINUSE' || code === 'EACCES') {
      return start(0);
    }
    throw error;
  }
}
