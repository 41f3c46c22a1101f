import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AxiosInstance } from 'axios';
import { getTokenClientToken, TokenClientModule } from 'nestjs-access-tokens';
import type { ClientSetup } from './client-setup.js';

/** This package, built, in a Nest application, with nothing but the options it cannot do without. */
export async function startOurs({
  baseURL,
  tokenEndpoint,
  adapter,
}: ClientSetup): Promise<AxiosInstance> {
  @Module({
    imports: [
      TokenClientModule.forRoot({
        tokenEndpoint,
        clientId: 'orders',
        clientSecret: 'a secret',
        clients: { api: { baseURL, ...(adapter && { adapter }) } },
      }),
    ],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: false,
    abortOnError: false,
  });
  return app.get<AxiosInstance>(getTokenClientToken('api'), { strict: false });
}
