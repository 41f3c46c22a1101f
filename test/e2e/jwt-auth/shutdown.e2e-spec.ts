import { JwtAuthModule, type JwtAuthOptions, TokenVerifier } from 'nestjs-access-tokens';
import { startApp } from '../../support/app.js';
import { forge } from '../../support/forge.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { RecordingServer } from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';
import { until } from '../../support/until.js';

/** Timers and sockets that keep the process alive. */
const resources = () =>
  process.getActiveResourcesInfo().filter((one) => one === 'Timeout' || one.startsWith('TCP'));

describe('the end of an application that is still getting keys', () => {
  let server: RecordingServer;
  /** The timers of jest. */
  let before: string[];

  beforeEach(async () => {
    await until(() => resources().every((one) => one === 'Timeout'));
    before = resources();
    server = await RecordingServer.start(() => undefined);
  });

  afterEach(() => server.stop());

  const start = async (options: Partial<JwtAuthOptions>) => {
    const logger = new MemoryLogger();
    const imports = [JwtAuthModule.forRoot({ audience: 'api', ...options })];
    const app = await startApp({ imports, configure: (it) => it.useLogger(logger) });
    return { app, logger };
  };

  const tokenOf = (iss: string) =>
    forge(
      { alg: 'ES256', typ: 'at+jwt', kid: 'a' },
      { iss, aud: 'api', exp: Math.floor(Date.now() / 1000) + 60 },
    );

  it.each<[string, number, (origin: string, reached: () => void) => Partial<JwtAuthOptions>]>([
    ['the metadata', 1, (issuer) => ({ issuer })],
    ['the key set', 1, (issuer) => ({ issuer, jwksUri: `${issuer}/jwks` })],
    [
      'the key set that the metadata names',
      2,
      (issuer) => {
        const metadata = { issuer, jwks_uri: `${issuer}/jwks` };
        server.respond = ({ path }) => (path === '/jwks' ? undefined : { body: metadata });
        return { issuer };
      },
    ],
    [
      'keys of a JwksClient that is slow',
      1,
      (issuer, reached) => ({
        issuer,
        jwksClient: {
          getKeys: () => {
            reached();
            return new Promise(() => {});
          },
        },
      }),
    ],
    [
      'the rules of an issuer',
      1,
      (issuer, reached) => ({
        issuer,
        warmUp: 'lazy',
        resolveIssuer: () => {
          reached();
          return new Promise(() => {});
        },
      }),
    ],
    [
      'the keys of an issuer that was looked up',
      1,
      (issuer) => ({
        issuer,
        warmUp: 'lazy',
        resolveIssuer: (iss) => ({ issuer: iss, jwksUri: `${issuer}/jwks` }),
      }),
    ],
  ])(
    'leaves no timer and no socket behind, and complains of nothing: %s',
    async (_, requests, options) => {
      let there = false;
      const { app, logger } = await start(options(server.origin, () => void (there = true)));
      const refused = rejection(
        app.app.get(TokenVerifier).verify(tokenOf('https://tenant.example')),
      );
      await until(() => there || server.requests.length === requests);
      await app.close();
      await refused;
      await until(() => resources().length === before.length);
      expect(resources()).toEqual(before);
      expect(logger.lines.filter((line) => !line.startsWith('log'))).toEqual([]);
    },
  );

  it('answers requests that it has begun with', async () => {
    let answer = (): void => {};
    server.respond = () => new Promise((resolve) => (answer = () => resolve({ status: 404 })));
    const { app } = await start({ issuer: server.origin, jwksUri: `${server.origin}/jwks` });
    const asked = app.get('/', tokenOf(server.origin));
    await until(() => server.requests.length === 1);
    const closed = app.close();
    await new Promise(setImmediate);
    answer();
    expect((await asked).status).toBe(404);
    await closed;
  });
});
