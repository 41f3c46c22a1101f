import { All, Controller, type ExecutionContext, Get, Post } from '@nestjs/common';
import { AccessToken, JwtAuthModule, OptionalAuth, RequireScope } from 'nestjs-access-tokens';
import { type Platform, platforms, type RunningApp, startApp } from '../support/app.js';
import { requestCases, requestText, bearerIn } from './grammars/requests.js';
import { fuzz } from './support/fuzz.js';
import { expectPlain } from './support/invariants.js';
import { type RawAnswer, valuesOf } from './support/raw-answer.js';
import { RawConnection } from './support/raw-connection.js';
import { AUDIENCE, TestIssuer } from './support/test-issuer.js';
import { WatchingLogger } from './support/watching.logger.js';

const PATHS = [
  '/me',
  '/scope?of=read',
  '/scope?of=a%20b%0D%0A',
  '/scope?of[]=a',
  '/scope',
  '/optional',
];
const ODD_PATHS = [
  '/wild/a/b',
  '/wild/%2e%2e/me',
  '//me',
  '/me/',
  '/ME',
  '/me;a=b',
  '/%6de',
  '/me?',
  '/nothing',
  '*',
  'http://x/me',
];

function scopeOf(context: ExecutionContext): string {
  const { query } = context.switchToHttp().getRequest<{ query: Record<string, string> }>();
  return String(query['of']);
}

@Controller()
class Everything {
  @Get('me')
  me(@AccessToken() token: AccessToken) {
    return { subject: token.subject };
  }

  @Post('me')
  post(@AccessToken() token: AccessToken) {
    return { subject: token.subject };
  }

  @Get('scope')
  @RequireScope(scopeOf)
  scope(@AccessToken() token: AccessToken) {
    return { subject: token.subject };
  }

  @Get('optional')
  @OptionalAuth()
  optional(@AccessToken() token: AccessToken | undefined) {
    return { subject: token?.subject ?? null };
  }

  @All('wild/*')
  wild(@AccessToken() token: AccessToken) {
    return { subject: token.subject };
  }
}

describe.each(platforms)('requests over raw sockets to %s', (platform) => {
  const issuer = new TestIssuer('https://id.example.com');
  const subjects = new Map(
    Array.from({ length: 20 }, (_, n) => {
      const claims = issuer.claims(Date.now(), {
        sub: `user-${n}`,
        jti: String(n),
        scope: n % 2 ? 'read' : 'none',
      });
      return [issuer.sign(issuer.header(n), claims, n), `user-${n}`] as const;
    }),
  );
  const tokens = [...subjects.keys()];
  const secrets = new RegExp(
    tokens
      .map((token) => token.slice(-40))
      .join('|')
      .replaceAll('-', '\\-'),
  );
  const logger = new WatchingLogger(secrets);
  let api: RunningApp;
  let connections: RawConnection[] = [];

  beforeAll(async () => {
    api = await start(platform);
    connections = Array.from({ length: 8 }, () => new RawConnection(api.url));
  });

  afterAll(async () => {
    for (const connection of connections) connection.close();
    await api.close();
  });

  const start = (on: Platform): Promise<RunningApp> =>
    startApp({
      platform: on,
      imports: [
        JwtAuthModule.forRoot({ issuer: issuer.issuer, jwks: issuer.jwks, audience: AUDIENCE }),
      ],
      controllers: [Everything],
      configure: (app) => app.useLogger(logger),
    });

  it('get an answer of ours each, and no more than their own token allows', async () => {
    let next = 0;
    await fuzz(
      `raw requests to ${platform}`,
      requestCases([...PATHS, ...ODD_PATHS]),
      async (cases) => {
        const requests = cases.map((one) => requestText(one, tokens));
        const connection = connections[next++ % connections.length] as RawConnection;
        // Fewer than requests where one is malformed: Node.js closes the connection then.
        const answers = await connection.exchange(requests);
        for (const [index, answer] of answers.entries()) check(requests[index] ?? '', answer);
        logger.expectClean();
        return answers.length;
      },
    );
  });

  function check(request: string, answer: RawAnswer): void {
    const { status, fields, body, text } = answer;
    // 501 is what the server of Node.js says of a transfer coding.
    if (status >= 500 && status !== 501) throw new Error(`answered ${text}`);
    if (secrets.test(text)) throw new Error(`the token is in the answer: ${text}`);
    for (const [name, value] of fields) expectPlain(name + value);
    for (const challenge of valuesOf(answer, 'www-authenticate'))
      expect(challenge).toMatch(
        /^Bearer realm="https:\/\/api\.example\.com"(, [a-z_]+="[^"\\]*")*$/,
      );
    const subject = subjects.get(bearerIn(request) ?? '');
    if (status === 200 && !/^(?:HEAD|OPTIONS) /.test(request)) {
      const { subject: seen } = JSON.parse(body) as { subject: unknown };
      if (seen === null) expect(request).toMatch(/optional/i);
      else if (seen === undefined || seen !== subject)
        throw new Error(`wrongly let in as ${String(seen)}`);
    }
    if (status === 401 && subject !== undefined) throw new Error('a good token was refused');
  }
});
