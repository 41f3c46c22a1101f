import type { AddressInfo } from 'node:net';
import type { ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Platform } from '../plan.js';

class AppModule {}

/** Starts a Nest application on a free port of this machine, as `nest new` sets it up, but silent. */
export async function startNest(platform: Platform, metadata: ModuleMetadata): Promise<number> {
  const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create({ module: AppModule, ...metadata }, adapter, {
    logger: false,
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  return (app.getHttpServer() as { address(): AddressInfo }).address().port;
}
