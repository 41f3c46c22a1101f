import type { Server } from 'node:http';
import type { DynamicModule, INestApplication, Type } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';

export type Platform = 'express' | 'fastify';
export const platforms: readonly Platform[] = ['express', 'fastify'];

export interface AppParts {
  imports?: (DynamicModule | Type)[];
  controllers?: Type[];
  providers?: Type[];
  platform?: Platform;
  /** Last changes before the application listens. */
  configure?: (app: INestApplication) => unknown;
  override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
}

/** A Nest application listening on loopback, on a free port. */
export interface RunningApp {
  readonly app: INestApplication;
  readonly url: string;
  /** GET with an optional bearer token; other headers win. */
  get(path: string, token?: string, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

/** All of an answer that tests look at. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly challenge: string | null;
  readonly headers: Headers;
}

export async function startApp({
  platform = 'express',
  configure,
  override,
  ...parts
}: AppParts): Promise<RunningApp> {
  const builder = Test.createTestingModule(parts);
  const module = await (override?.(builder) ?? builder).compile();
  const app =
    platform === 'fastify'
      ? module.createNestApplication(new FastifyAdapter())
      : module.createNestApplication();
  app.useLogger(false);
  await configure?.(app);
  // On a busy machine it would close connections just as they are used again.
  const server = app.getHttpServer() as Server;
  server.keepAliveTimeout = 0;
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  return {
    app,
    url,
    get: (path, token, headers = {}) =>
      answerOf(
        fetch(url + path, {
          headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
        }),
      ),
    close: () => app.close(),
  };
}

async function answerOf(sent: Promise<Response>): Promise<Answer> {
  const response = await sent;
  const text = await response.text();
  const { status, headers } = response;
  return {
    status,
    headers,
    body: text && JSON.parse(text),
    challenge: headers.get('www-authenticate'),
  };
}
