import { Logger, type INestApplication } from '@nestjs/common';

/** Listens on loopback only: a sample is for the machine it runs on. */
export async function startApplication(
  name: string,
  application: INestApplication,
  port: number,
): Promise<void> {
  application.enableShutdownHooks();
  await application.listen(port, '127.0.0.1');
  new Logger(name).log(`Listening on ${await application.getUrl()}`);
}
