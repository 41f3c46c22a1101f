import { ConfigurationError, JwtAuthModule, type JwtAuthOptions } from 'nestjs-access-tokens';
import { type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { answering, json, status } from '../../support/hostile-answers.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience, startProtectedApi } from '../../support/protected-api.js';

describe('the warning about keys that cannot be had', () => {
  let server: AuthorizationServer;
  let api: RunningApp | undefined;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });

  afterEach(async () => {
    server.clear();
    await api?.close();
    api = undefined;
  });

  afterAll(() => server.stop());

  const warningsOf = async (options: Pick<JwtAuthOptions, 'jwksUri'> = {}): Promise<string[]> => {
    const logger = new MemoryLogger();
    api = await startProtectedApi({ issuer: server.issuer, warmUp: 'lazy', logger, ...options });
    expect((await api.get('/', await server.sign())).status).toBe(503);
    return logger.lines.filter((line) => line.includes('cannot be had'));
  };

  it('names jwksUri, where the issuer has no metadata', async () => {
    server.intercept = answering({ discovery: status(404) });
    expect(await warningsOf()).toEqual([
      expect.stringMatching(
        /answered 404\. Is the authorization server running, and is issuer right\? If its keys are elsewhere, or not reachable under this name from here, give jwksUri\.$/,
      ),
    ]);
  });

  it('says what tokens will say, where the server has another name', async () => {
    const discovery = json({ issuer: 'http://localhost:1/x', jwks_uri: 'http://localhost:1/keys' });
    server.intercept = answering({ discovery });
    expect(await warningsOf()).toEqual([
      expect.stringMatching(
        /is the metadata of another issuer: "http:\/\/localhost:1\/x"; .* Tokens will say "http:\/\/localhost:1\/x": set issuer to that and jwksUri to "http:\/\/localhost:1\/keys", or to where/,
      ),
    ]);
  });

  it('names resolveIssuer, where the metadata are of all tenants', async () => {
    server.intercept = answering({
      discovery: json({ issuer: `${server.issuer}/{tenantid}/v2.0` }),
    });
    expect(await warningsOf()).toEqual([
      expect.stringMatching(/\{tenantid\}\/v2\.0" stands for .* give resolveIssuer/),
    ]);
  });

  it('does not ask whether issuer is right, where it is jwksUri', async () => {
    server.intercept = answering({ jwks: status(404) });
    const warnings = await warningsOf({ jwksUri: `${server.issuer}/jwks` });
    expect(warnings).toEqual([
      expect.stringMatching(
        /\/jwks answered 404\. Is the authorization server running, and is jwksUri right\?$/,
      ),
    ]);
  });

  it('is the reason why an eager start fails', async () => {
    server.intercept = answering({ discovery: status(404) });
    const start = startApp({
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience, warmUp: 'eager' })],
    });
    const error: unknown = await start.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems).toEqual([
      expect.stringMatching(/and is issuer right\? If its keys are elsewhere, .* give jwksUri\.$/),
    ]);
  });
});

describe('a clock that is wrong', () => {
  it('is told of once, however many issuers show it', async () => {
    const servers = await Promise.all([1, 2, 3].map(() => AuthorizationServer.start()));
    const clock = new TestClock();
    clock.advance({ seconds: -40 });
    const logger = new MemoryLogger();
    const [fixed = '', ...tenants] = servers.map(({ issuer }) => issuer);
    const api = await startProtectedApi({
      issuer: fixed,
      clock,
      logger,
      warmUp: 'lazy',
      resolveIssuer: (issuer) => (tenants.includes(issuer) ? { issuer } : undefined),
    });
    const now = Math.floor(clock.now() / 1000);
    for (const server of servers)
      expect((await api.get('/', await server.sign({ iat: now }))).status).toBe(200);
    await api.close();
    await Promise.all(servers.map((server) => server.stop()));
    expect(logger.lines.filter((line) => line.includes('The clock of this machine'))).toEqual([
      expect.stringContaining(`behind that of ${fixed}: `),
    ]);
  });
});
