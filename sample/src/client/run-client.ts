import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientModule } from './client.module.js';
import type { ClientSettings } from './client.settings.js';
import { Quickstart, type Print } from './quickstart.service.js';

/** A Nest application without a server. */
export function createClient(
  settings: ClientSettings,
  logger?: LoggerService,
): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(ClientModule.with(settings), {
    logger: logger ?? ['error', 'warn'],
    abortOnError: false,
  });
}

/** The console program. */
export async function runClient(
  settings: ClientSettings,
  print: Print,
  logger?: LoggerService,
): Promise<void> {
  const application = await createClient(settings, logger);
  try {
    const quickstart = application.get(Quickstart);
    await quickstart.discover(settings.issuer, print);
    quickstart.decodeToken(await quickstart.requestToken(print), print);
    await quickstart.callApi(print);
  } finally {
    await application.close();
  }
}
