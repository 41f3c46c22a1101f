import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import cookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import {
  Controller,
  Get,
  type DynamicModule,
  type INestApplication,
  Req,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import expressSession from 'express-session';
import {
  CurrentUser,
  TokenClientModule,
  UserLoginGuard,
  UserLoginModule,
  UserTokenService,
  type TokenClientModuleOptions,
  type UserLoginModuleOptions,
  type UserSession,
} from 'nestjs-access-tokens';
import type { Platform } from './app.js';
import { sampleWebClient, type AuthorizationServer } from './authorization-server.js';
import { MemoryLogger } from './memory-logger.js';

const SECRET = 'a secret of at least thirty-two characters';

interface SessionRequest {
  session?: object;
}

/** Pages that tests look at. */
@Controller()
class Pages {
  constructor(private readonly userTokens: UserTokenService) {}

  @Get()
  home() {
    return { page: 'home' };
  }

  @Get(['profile', 'profile/:rest'])
  @UseGuards(UserLoginGuard)
  profile(@CurrentUser() user: UserSession) {
    return { subject: user.subject, claims: user.claims, renewable: user.renewable };
  }

  @Get('whoami')
  whoami(@CurrentUser() user: UserSession | undefined) {
    return { subject: user?.subject ?? null };
  }

  @Get('token')
  @UseGuards(UserLoginGuard)
  async token() {
    const { accessToken, tokenType } = await this.userTokens.getToken();
    return { accessToken, tokenType };
  }

  @Get('session')
  session(@Req() { session }: SessionRequest) {
    return { text: JSON.stringify(session ?? null) };
  }
}

export interface LoginAppParts {
  platform: Platform;
  server: AuthorizationServer;
  login?: Partial<UserLoginModuleOptions>;
  clients?: Partial<TokenClientModuleOptions>;
  imports?: (DynamicModule | Type)[];
  /** Default: true */
  withSession?: boolean;
  /** Where sessions are kept. Default: the memory of this process */
  sessionStore?: expressSession.Store;
  /** How the cookie of the session is called. Default: sid */
  cookieName?: string;
  /** Members of the registration at the authorization server. */
  registration?: Record<string, unknown>;
}

/** A web application with a session, in which users sign in. */
export interface LoginApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly logs: MemoryLogger;
  close(): Promise<void>;
}

/** Starts one on loopback, and registers it at the authorization server. */
export async function startLoginApp(parts: LoginAppParts): Promise<LoginApp> {
  const { platform, server, withSession = true } = parts;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  server.register({
    ...sampleWebClient,
    redirect_uris: [`${url}/auth/callback`],
    post_logout_redirect_uris: [`${url}/`],
    ...parts.registration,
  });
  const logs = new MemoryLogger();
  const module = await Test.createTestingModule({
    imports: [
      TokenClientModule.forRoot({
        issuer: server.issuer,
        clientId: 'web',
        clientSecret: 'web-secret',
        scope: 'api1',
        backchannel: { retries: 0 },
        ...parts.clients,
      }),
      UserLoginModule.forRoot({
        baseURL: url,
        scope: 'profile email offline_access api1',
        ...parts.login,
      }),
      ...(parts.imports ?? []),
    ],
    controllers: [Pages],
  })
    .setLogger(logs)
    .compile();
  const app =
    platform === 'fastify'
      ? module.createNestApplication<NestFastifyApplication>(new FastifyAdapter())
      : module.createNestApplication();
  if (withSession) await addSession(app, parts);
  // On a busy machine it would close connections just as they are used again.
  const listening = app.getHttpServer() as Server;
  listening.keepAliveTimeout = 0;
  await app.listen(port, '127.0.0.1');
  return { app, url, logs, close: () => app.close() };
}

async function addSession(
  app: INestApplication,
  { platform, sessionStore: store, cookieName = 'sid' }: LoginAppParts,
): Promise<void> {
  const flags = { httpOnly: true, sameSite: 'lax', secure: false } as const;
  if (platform === 'fastify') {
    const fastify = app as NestFastifyApplication;
    await fastify.register(cookie as never);
    await fastify.register(fastifySession, {
      secret: SECRET,
      cookieName,
      cookie: flags,
      saveUninitialized: false,
      ...(store && { store: store as never }),
    });
    return;
  }
  app.use(
    expressSession({
      secret: SECRET,
      name: cookieName,
      resave: false,
      saveUninitialized: false,
      cookie: flags,
      ...(store && { store }),
    }),
  );
}

/** The address has to be known before the application is made: it is part of its options. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('not listening');
  return address.port;
}
