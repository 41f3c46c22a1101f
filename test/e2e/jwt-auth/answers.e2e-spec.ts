import { connect } from 'node:net';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  HttpException,
  UseGuards,
} from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import {
  AccessToken,
  JwtAuthModule,
  OptionalAuth,
  Public,
  RequireAnyScope,
  RequireScope,
} from 'nestjs-access-tokens';
import { platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';

const audience = 'https://api.example.com';

@Controller()
class ThingsController {
  @Get('any')
  any(@AccessToken() token: AccessToken) {
    return { subject: token.subject, client: token.clientId, scopes: [...token.scopes] };
  }

  @Get('read')
  @RequireScope('things.read')
  read() {
    return { read: true };
  }

  @Get('both')
  @RequireScope('things.read', 'things.write')
  both() {
    return { both: true };
  }

  @Get('either')
  @RequireAnyScope('things.read', 'things.admin')
  either() {
    return { either: true };
  }

  @Get('public')
  @Public()
  open(@AccessToken() token?: AccessToken) {
    return { token: token ?? null };
  }

  @Get('optional')
  @OptionalAuth()
  optional(@AccessToken() token?: AccessToken) {
    return { subject: token?.subject ?? 'nobody' };
  }

  @Get('passport')
  @UseGuards(AuthGuard('jwt'))
  passport(@AccessToken() token: AccessToken) {
    return { subject: token.subject };
  }
}

@Catch(HttpException)
class OwnBodyFilter implements ExceptionFilter {
  catch(exception: HttpException, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse();
    response.status(exception.getStatus()).send({ mine: true });
  }
}

describe.each(platforms)('the answers of a protected API on %s', (platform) => {
  let server: AuthorizationServer;
  let api: RunningApp;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    const imports = [JwtAuthModule.forRoot({ issuer: server.issuer, audience })];
    api = await startApp({ platform, imports, controllers: [ThingsController] });
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  it('lets a request in with a valid token, and gives the handler the token', async () => {
    const token = await server.sign({ sub: 'alice', client_id: 'web', scope: 'a b' });
    const { status, body, challenge } = await api.get('/any', token);
    expect({ status, body, challenge }).toEqual({
      status: 200,
      body: { subject: 'alice', client: 'web', scopes: ['a', 'b'] },
      challenge: null,
    });
  });

  it('answers 401 without an error code when no token came', async () => {
    const { status, body, challenge, headers } = await api.get('/any');
    expect(status).toBe(401);
    expect(challenge).toBe('Bearer realm="https://api.example.com"');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      statusCode: 401,
      error: 'Unauthorized',
      message: 'An access token is required',
    });
  });

  it('names the scopes in the challenge when no token came', async () => {
    const { challenge } = await api.get('/both');
    expect(challenge).toBe(
      'Bearer realm="https://api.example.com", scope="things.read things.write"',
    );
  });

  it('takes credentials of another scheme for no token', async () => {
    const { status, challenge } = await api.get('/any', undefined, { authorization: 'Basic YTpi' });
    expect({ status, challenge }).toEqual({
      status: 401,
      challenge: 'Bearer realm="https://api.example.com"',
    });
  });

  it('answers 401 invalid_token to an expired token', async () => {
    const { status, body, challenge } = await api.get(
      '/any',
      await server.sign({ exp: 1_700_000_000 }),
    );
    expect(status).toBe(401);
    expect(challenge).toBe(
      'Bearer realm="https://api.example.com", error="invalid_token", error_description="The access token has expired"',
    );
    expect(body).toEqual({
      statusCode: 401,
      error: 'invalid_token',
      message: 'The access token has expired',
    });
  });

  it.each([
    'Bearer',
    'Bearer a b',
    'Bearer a,b',
    'Bearer a, Bearer b',
    'Bearer\ta',
    'Bearer {"a":1}',
    'Bearer =a',
  ])('answers 400 invalid_request to the header %j', async (authorization) => {
    const { status, body, challenge } = await api.get('/any', undefined, { authorization });
    expect(status).toBe(400);
    expect(challenge).toBe(
      'Bearer realm="https://api.example.com", error="invalid_request", error_description="The Authorization header is malformed"',
    );
    expect(body).toEqual({
      statusCode: 400,
      error: 'invalid_request',
      message: 'The Authorization header is malformed',
    });
  });

  it('answers 400 to two Authorization headers, whichever is good', async () => {
    const good = `Authorization: Bearer ${await server.sign()}`;
    const answer = await sendRaw(api.url, [
      'GET /any HTTP/1.1',
      'Host: a',
      good,
      good,
      'Connection: close',
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain(
      'error_description="The request has more than one Authorization header"',
    );
  });

  it('does not care for the case of the scheme', async () => {
    const authorization = `bEARER ${await server.sign()}`;
    expect(await api.get('/any', undefined, { authorization })).toMatchObject({ status: 200 });
  });

  it('answers 403 with all scopes of the operation when the token lacks one', async () => {
    const { status, body, challenge } = await api.get(
      '/both',
      await server.sign({ scope: 'things.read' }),
    );
    expect(status).toBe(403);
    expect(challenge).toBe(
      'Bearer realm="https://api.example.com", error="insufficient_scope", error_description="The access token lacks a scope that this operation needs", scope="things.read things.write"',
    );
    expect(body).toEqual({
      statusCode: 403,
      error: 'insufficient_scope',
      message: 'The access token lacks a scope that this operation needs',
    });
  });

  it.each([
    ['scope as a string', { scope: 'other things.read' }],
    ['scope as an array', { scope: ['other', 'things.read'] }],
    ['scp as a string', { scp: 'things.read' }],
    ['scp as an array', { scp: ['things.read'] }],
    ['an array of strings with spaces', { scope: ['other things.read'] }],
  ])('finds the scope in %s', async (_, claims) => {
    expect(await api.get('/read', await server.sign(claims))).toMatchObject({ status: 200 });
  });

  it.each([
    ['another case', { scope: 'Things.Read' }],
    ['a longer scope', { scope: 'things.read.all' }],
    ['a tab between', { scope: 'other\tthings.read' }],
    ['an object', { scope: { 'things.read': true } }],
    ['nested arrays', { scope: [['things.read']] }],
    ['scp beside an empty scope', { scope: '', scp: 'things.read' }],
    ['no scope at all', {}],
  ])('does not find it in %s', async (_, claims) => {
    expect(await api.get('/read', await server.sign(claims))).toMatchObject({ status: 403 });
  });

  it('wants only one of the scopes of @RequireAnyScope', async () => {
    expect(await api.get('/either', await server.sign({ scope: 'things.admin' }))).toMatchObject({
      status: 200,
    });
    expect(await api.get('/either', await server.sign({ scope: 'things.write' }))).toMatchObject({
      status: 403,
    });
  });

  it('never looks at the token of a @Public() handler', async () => {
    expect(await api.get('/public', 'rubbish')).toMatchObject({
      status: 200,
      body: { token: null },
    });
  });

  it('lets a request without a token through @OptionalAuth(), and never one with a bad token', async () => {
    const good = await server.sign({ sub: 'alice' });
    expect(await api.get('/optional')).toMatchObject({ status: 200, body: { subject: 'nobody' } });
    expect(await api.get('/optional', good)).toMatchObject({
      status: 200,
      body: { subject: 'alice' },
    });
    const bad = await api.get('/optional', await server.sign({ exp: 1_700_000_000 }));
    expect(bad).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('error="invalid_token"'),
    });
  });

  it('answers 503 with Retry-After while the keys cannot be had, and does not call the token bad', async () => {
    const offline = await AuthorizationServer.start();
    const token = await offline.sign();
    await offline.stop();
    const imports = [JwtAuthModule.forRoot({ issuer: offline.issuer, audience })];
    const lonely = await startApp({ platform, imports, controllers: [ThingsController] });
    const { status, body, challenge, headers } = await lonely.get('/any', token);
    await lonely.close();
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(challenge).toBe('Bearer realm="https://api.example.com"');
    expect(body).toEqual({
      statusCode: 503,
      error: 'Service Unavailable',
      message: 'Access tokens cannot be checked at the moment',
    });
  });

  it('is not undone by an exception filter that replaces the body', async () => {
    const filtered = await startApp({
      platform,
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience })],
      controllers: [ThingsController],
      configure: (app) => app.useGlobalFilters(new OwnBodyFilter()),
    });
    const { status, body, challenge } = await filtered.get('/any', 'rubbish');
    await filtered.close();
    expect({ status, body }).toEqual({ status: 401, body: { mine: true } });
    expect(challenge).toContain('error="invalid_token"');
  });

  it("guards what says AuthGuard('jwt') with the same verifier and the same challenges", async () => {
    const imports = [
      JwtAuthModule.forRoot({ issuer: server.issuer, audience, protect: 'decorated' }),
    ];
    const passport = await startApp({ platform, imports, controllers: [ThingsController] });
    const [good, bad, none] = await Promise.all([
      passport.get('/passport', await server.sign({ sub: 'alice' })),
      passport.get('/passport', await server.sign({}, { typ: 'id+jwt' })),
      passport.get('/passport'),
    ]);
    await passport.close();
    expect(good).toMatchObject({ status: 200, body: { subject: 'alice' } });
    expect(bad).toMatchObject({
      status: 401,
      challenge:
        'Bearer realm="https://api.example.com", error="invalid_token", error_description="The token is not an access token"',
    });
    expect(none).toMatchObject({
      status: 401,
      challenge: 'Bearer realm="https://api.example.com"',
    });
  });
});

describe('Express and Fastify', () => {
  it('give the same bytes in status, challenge and body', async () => {
    const server = await AuthorizationServer.start();
    const offline = await AuthorizationServer.start();
    const unknowable = await offline.sign();
    await offline.stop();
    const tokens = [
      undefined,
      'two words',
      unknowable,
      'rubbish',
      await server.sign({ exp: 1 }),
      await server.sign({ scope: 'x' }),
    ];
    const answersOn = async (platform: (typeof platforms)[number]): Promise<string[]> => {
      const issuers = [server.issuer, offline.issuer];
      const imports = [JwtAuthModule.forRoot({ issuers, audience, warmUp: 'lazy' })];
      const api = await startApp({ platform, imports, controllers: [ThingsController] });
      const answers = await Promise.all(
        tokens.map((token) => sendRaw(api.url, request('/read', token))),
      );
      await api.close();
      return answers.map(comparable);
    };
    const [express, fastify] = await Promise.all(platforms.map(answersOn));
    await server.stop();
    expect(express?.map((answer) => answer.slice(0, 12))).toEqual([
      'HTTP/1.1 401',
      'HTTP/1.1 400',
      'HTTP/1.1 503',
      'HTTP/1.1 401',
      'HTTP/1.1 401',
      'HTTP/1.1 403',
    ]);
    expect(fastify).toEqual(express);
  });
});

function request(path: string, token?: string): string[] {
  const authorization = token ? [`Authorization: Bearer ${token}`] : [];
  return [`GET ${path} HTTP/1.1`, 'Host: a', ...authorization, 'Connection: close'];
}

/** Leaves out what the platforms themselves add, such as the date and X-Powered-By. */
function comparable(answer: string): string {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const ours =
    /^(HTTP|www-authenticate|cache-control|retry-after|content-type|content-length|access-control)/i;
  const lines = head.split('\r\n').filter((line) => ours.test(line));
  return [
    ...lines
      .map((line) =>
        line.replace(/^content/i, 'content').replace(/^content-\w/, (c) => c.toLowerCase()),
      )
      .toSorted(),
    body,
  ].join('\n');
}

function sendRaw(url: string, lines: string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () =>
      socket.write(`${lines.join('\r\n')}\r\n\r\n`),
    );
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}
