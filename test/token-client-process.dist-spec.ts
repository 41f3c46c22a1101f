import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConnectProxy } from './support/connect-proxy.js';
import { ResettingServer } from './support/resetting-server.js';
import { RecordingServer, tokenEndpoint } from './support/recording-server.js';

/** The start of every program: an application with one client, whose token endpoint is the first argument. */
const PREAMBLE = `
  import 'reflect-metadata';
  import { Module } from '@nestjs/common';
  import { NestFactory } from '@nestjs/core';
  import { ClientTokenService, TokenClientModule } from 'nestjs-access-tokens';
  const origin = process.argv[1];
  class AppModule {}
  Module({ imports: [TokenClientModule.forRoot({
    tokenEndpoint: origin + '/token',
    clientId: 'gateway',
    clientSecret: 'gateway-secret',
    clients: { orders: { baseURL: 'https://orders.example' } },
  })] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const tokens = app.get(ClientTokenService);
`;

/** No @opentelemetry/api, as in an application that does not have it. */
const WITHOUT_API = `data:text/javascript,${encodeURIComponent(`
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(\`
    export function resolve(specifier, context, next) {
      if (!specifier.startsWith('@opentelemetry/')) return next(specifier, context);
      throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    }
  \`));
`)}`;

/** Runs a program with the built package until it ends by itself. */
async function run(program: string, origin: string, flags: string[] = []) {
  const child = spawn(
    process.execPath,
    [...flags, '--input-type=module', '--eval', PREAMBLE + program, origin],
    { timeout: 30_000, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, output: output.trim() };
}

describe('a process with the built package', () => {
  let server: RecordingServer;

  beforeEach(async () => {
    server = await RecordingServer.start(tokenEndpoint());
  });

  afterEach(() => server.stop());

  it('redeems refresh tokens over connections of their own', async () => {
    const resetting = await ResettingServer.start();
    const program = `
      import { runAs, UserTokenService } from 'nestjs-access-tokens';
      let now = Date.now();
      class Users {}
      Module({ imports: [TokenClientModule.forRoot({
        tokenEndpoint: origin + '/token',
        clientId: 'web',
        clientSecret: 'web-secret',
        clock: { now: () => now },
        backchannel: { retries: 0 },
        clients: {
          machine: { baseURL: 'https://api.example' },
          api: { baseURL: 'https://api.example', token: 'user' },
        },
      })] })(Users);
      const other = await NestFactory.createApplicationContext(Users, { logger: false });
      const users = other.get(UserTokenService);
      await users.store({ accessToken: 'at-0', refreshToken: 'rt-0', expiresInSeconds: 300 }, 'a');
      await other.get(ClientTokenService).getToken('machine');
      for (const _ of [1, 2, 3]) {
        now += 400_000;
        console.log((await runAs('a', () => users.getToken('api'))).accessToken);
      }
      await other.close();
      await app.close();
    `;
    const { origin } = new URL(resetting.tokenEndpoint);
    const { code, output } = await run(program, origin);
    expect({ code, output, stale: resetting.stale }).toEqual({
      code: 0,
      output: 'at-2\nat-3\nat-4',
      stale: 0,
    });
    resetting.stop();
  });

  it('keeps what goes to this machine from the proxies that Node.js itself follows', async () => {
    const proxy = await ConnectProxy.start();
    const program = `
      import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici';
      import { getTokenClientToken, JwtAuthModule, runAs, TokenVerifier, UserTokenService } from 'nestjs-access-tokens';
      process.env.HTTP_PROXY = 'http://127.0.0.1:${proxy.port}';
      // As Node.js 22 and later do by NODE_USE_ENV_PROXY.
      setGlobalDispatcher(new EnvHttpProxyAgent());
      const [header, body] = [{ alg: 'RS256', kid: 'k' }, { iss: 'https://id.example', aud: 'orders' }]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
      class Both {}
      Module({ imports: [
        JwtAuthModule.forRoot({ issuer: 'https://id.example', audience: 'orders', jwksUri: origin + '/jwks' }),
        TokenClientModule.forRoot({
          tokenEndpoint: origin + '/token',
          clientId: 'web',
          clientSecret: 'web-secret',
          clients: {
            http: { baseURL: origin, adapter: 'http' },
            fetch: { baseURL: origin, adapter: 'fetch' },
            users: { baseURL: origin, token: 'user' },
          },
        }),
      ] })(Both);
      const other = await NestFactory.createApplicationContext(Both, { logger: false });
      await other.get(TokenVerifier).verify(header + '.' + body + '.c2ln').catch(() => undefined);
      for (const name of ['http', 'fetch']) await other.get(getTokenClientToken(name)).get('/' + name);
      const users = other.get(UserTokenService);
      await users.store({ accessToken: 'at-0', refreshToken: 'rt-0', expiresInSeconds: 0 }, 'a');
      await runAs('a', () => users.getToken('users'));
      await other.close();
      await app.close();
    `;
    const { code, output } = await run(program, server.origin, ['--no-warnings']);
    expect({ code, output }).toEqual({ code: 0, output: '' });
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/jwks',
      '/token',
      '/http',
      '/fetch',
      '/token',
    ]);
    expect([proxy.tunnels, proxy.read]).toEqual([[], []]);
    await proxy.stop();
  });

  it('ends by itself after app.close(), while the token endpoint hangs', async () => {
    let arrived = () => {};
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    server.respond = async ({ path }) => {
      if (path === '/token') return arrived();
      await arrival;
      return {};
    };
    const program = `
      const waiting = tokens.getToken('orders').catch((error) => error.code + ': ' + error.reason);
      await fetch(origin + '/answered-once-the-token-request-has-arrived');
      await app.close();
      console.log(await waiting);`;
    expect(await run(program, server.origin)).toEqual({
      code: 0,
      signal: null,
      output: `token_endpoint_unavailable: ${server.origin}/token: the application ends`,
    });
  });

  it('ends by itself with a token at hand, and without app.close()', async () => {
    const program = `console.log((await tokens.getToken('orders')).accessToken);`;
    expect(await run(program, server.origin)).toEqual({ code: 0, signal: null, output: 'token-1' });
  });

  it('measures where @opentelemetry/api can be imported', async () => {
    const program = `
      const { trace } = await import('@opentelemetry/api');
      const names = [];
      const none = trace.wrapSpanContext({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 });
      const tracer = { startSpan: (name) => (names.push(name), none) };
      trace.setGlobalTracerProvider({ getTracer: () => tracer });
      await tokens.getToken('orders');
      console.log(names.join());`;
    expect(await run(program, server.origin)).toMatchObject({ output: 'token request orders' });
  });

  it('works where @opentelemetry/api cannot be imported', async () => {
    const program = `
      const found = await import('@opentelemetry/api').then(() => 'there', (error) => error.code);
      console.log(found, (await tokens.getToken('orders')).accessToken);`;
    expect(await run(program, server.origin, ['--import', WITHOUT_API])).toEqual({
      code: 0,
      signal: null,
      output: 'ERR_MODULE_NOT_FOUND token-1',
    });
  });

  it('has no type of OpenTelemetry among its public types, as an application may not have them', () => {
    const reachable = new Set(['dist/index.d.ts']);
    for (const file of reachable) {
      const imports = readFileSync(file, 'utf8').matchAll(
        /(?:from |import\()['"](\.[^'"]+)\.js['"]/g,
      );
      for (const [, path = ''] of imports) reachable.add(join(dirname(file), `${path}.d.ts`));
    }
    expect(reachable.size).toBeGreaterThan(50);
    const users = [...reachable].filter((file) =>
      readFileSync(file, 'utf8').includes('opentelemetry'),
    );
    expect(users).toEqual([]);
  });
});
