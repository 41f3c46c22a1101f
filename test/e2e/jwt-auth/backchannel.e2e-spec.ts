import {
  JwtAuthModule,
  ConfigurationError,
  type JwtAuthOptions,
  TokenVerifier,
} from 'nestjs-access-tokens';
import { inspect } from 'node:util';
import { type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { CertificateAuthority } from '../../support/certificates.js';
import { ConnectProxy } from '../../support/connect-proxy.js';
import { publicPart } from '../../support/forge.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience } from '../../support/protected-api.js';
import { RecordingServer } from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';
import { SecureServer } from '../../support/secure-server.js';

const POD_TOKEN = 'token-of-the-pod';

describe('the way to metadata and keys', () => {
  let signer: AuthorizationServer;
  let authority: CertificateAuthority;
  let ca: string;
  let server: SecureServer;
  /** What the server wants to see, if anything. */
  let wanted: string | undefined;
  const apps: RunningApp[] = [];
  const logger = new MemoryLogger();
  const environment = { ...process.env };

  beforeAll(async () => {
    signer = await AuthorizationServer.start();
    authority = await CertificateAuthority.create();
    ca = authority.certificate;
    server = await SecureServer.start(authority);
  });

  beforeEach(() => {
    wanted = undefined;
    server.requests.length = 0;
    server.respond = ({ path, headers }) => {
      if (wanted !== undefined && headers.authorization !== wanted) return { status: 401 };
      return path === '/jwks'
        ? { body: { keys: [publicPart(signer.signingKey)] } }
        : { body: { issuer: server.origin, jwks_uri: `${server.origin}/jwks` } };
    };
  });

  afterEach(async () => {
    process.env = { ...environment };
    logger.lines.length = 0;
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  afterAll(async () => {
    await server.stop();
    await signer.stop();
  });

  async function start(options: Partial<JwtAuthOptions>): Promise<TokenVerifier> {
    const app = await startApp({
      imports: [
        JwtAuthModule.forRoot({ issuer: server.origin, audience, warmUp: 'lazy', ...options }),
      ],
      configure: (application) => application.useLogger(logger),
    });
    apps.push(app);
    return app.app.get(TokenVerifier);
  }

  const verified = async (verifier: TokenVerifier, iss = server.origin): Promise<unknown> =>
    verifier.verify(await signer.sign({ iss })).then(
      () => true,
      (error: { detail: string }) => error.detail,
    );

  describe('trusts', () => {
    it('the authorities that it is told to', async () => {
      expect(await verified(await start({ backchannel: { ca } }))).toBe(true);
    });

    it('nobody else, and says what to do', async () => {
      const verifier = await start({});
      const detail = await verified(verifier);
      expect(detail).toMatch(
        /openid-configuration could not be reached: \w+\. The certificate is not trusted\. Give its authority in backchannel\.ca, or in NODE_EXTRA_CA_CERTS$/,
      );
      expect(logger.lines.join('\n')).toContain('NODE_EXTRA_CA_CERTS');
    });

    it('each issuer by itself', async () => {
      const issuers = [{ issuer: server.origin, backchannel: { ca } }, signer.issuer];
      const verifier = await start({ issuer: undefined, issuers });
      expect(await verified(verifier)).toBe(true);
      expect(await verified(verifier, signer.issuer)).toBe(true);
    });
  });

  describe('adds headers', () => {
    it('which are values', async () => {
      wanted = `Bearer ${POD_TOKEN}`;
      const headers = { authorization: wanted };
      const verifier = await start({ backchannel: { ca, headers } });
      expect(await verified(verifier)).toBe(true);
      expect(server.requests.map(({ headers: sent }) => sent.authorization)).toEqual([
        wanted,
        wanted,
      ]);
    });

    it('which a function gives anew for each request', async () => {
      let n = 0;
      const headers = async () => ({ authorization: `Bearer ${++n}` });
      const verifier = await start({ backchannel: { ca, headers } });
      expect(await verified(verifier)).toBe(true);
      expect(server.requests.map(({ headers: sent }) => sent.authorization)).toEqual([
        'Bearer 1',
        'Bearer 2',
      ]);
    });

    it('of an issuer to that issuer alone, and of all to all', async () => {
      const other = await RecordingServer.start();
      other.respond = ({ path }) =>
        path === '/jwks'
          ? { body: { keys: [publicPart(signer.signingKey)] } }
          : { body: { issuer: other.origin, jwks_uri: `${other.origin}/jwks` } };
      const verifier = await start({
        issuer: undefined,
        backchannel: { headers: { 'x-all': '1' } },
        issuers: [
          { issuer: server.origin, backchannel: { ca, headers: { authorization: POD_TOKEN } } },
          other.origin,
        ],
      });
      expect(await verified(verifier)).toBe(true);
      expect(await verified(verifier, other.origin)).toBe(true);
      for (const { headers } of server.requests) {
        expect(headers).toMatchObject({ authorization: POD_TOKEN });
        expect(headers['x-all']).toBeUndefined();
      }
      for (const { headers } of other.requests) {
        expect(headers).toMatchObject({ 'x-all': '1' });
        expect(headers.authorization).toBeUndefined();
      }
      await other.stop();
    });

    it('but not for a server that the metadata name, and says so where that wants them', async () => {
      const elsewhere = await SecureServer.start(authority, ({ headers }) =>
        headers.authorization ? { body: { keys: [] } } : { status: 403 },
      );
      server.respond = () => ({
        body: { issuer: server.origin, jwks_uri: `${elsewhere.origin}/jwks` },
      });
      const headers = { authorization: POD_TOKEN };
      expect(await verified(await start({ backchannel: { ca, headers } }))).toBe(
        `keys of ${server.origin}: ${elsewhere.origin}/jwks answered 403. backchannel.headers are sent to ${server.origin} only: if they are for that server as well, give its address as jwksUri`,
      );
      expect(elsewhere.requests.map(({ headers: sent }) => sent.authorization)).toEqual([
        undefined,
      ]);
      await elsewhere.stop();
    });

    it('for jwksUri, whose address is given', async () => {
      wanted = POD_TOKEN;
      const options = { issuer: 'kubernetes', jwksUri: `${server.origin}/jwks` };
      const headers = { authorization: POD_TOKEN };
      const verifier = await start({ ...options, backchannel: { ca, headers } });
      expect(await verified(verifier, 'kubernetes')).toBe(true);
    });

    it.each<[string, () => unknown, string]>([
      [
        'throws',
        () => {
          throw new Error(POD_TOKEN);
        },
        ': the function threw Error. Catch it and log it there',
      ],
      ['gives nothing', () => undefined, ': not an object. Give names and values.'],
      ['gives a text', () => POD_TOKEN, ': not an object. Give names and values.'],
      [
        'gives a line break',
        () => ({ authorization: `${POD_TOKEN}\n` }),
        '["authorization"]: no text that a header can carry. Has it a line break at its end?',
      ],
      [
        'gives one that is not its own',
        () => ({ host: POD_TOKEN }),
        '["host"]: is decided by the request. Remove it.',
      ],
    ])('and asks for nothing where the function %s', async (_case, headers, fault) => {
      const backchannel = { ca, headers: headers as () => Record<string, string> };
      const verifier = await start({ backchannel });
      expect(await verified(verifier)).toBe(
        `keys of ${server.origin}: backchannel.headers${fault}`,
      );
      expect(server.requests).toHaveLength(0);
      expect(logger.lines.join('\n')).not.toContain(POD_TOKEN);
    });

    it('and waits for a function no longer than for an answer', async () => {
      const headers = () => new Promise<Record<string, string>>(() => undefined);
      const verifier = await start({ backchannel: { ca, headers, timeoutMs: 50 } });
      expect(await verified(verifier)).toContain(
        'backchannel.headers: the function gave no answer in time',
      );
    });

    it('and shows them to nobody', async () => {
      wanted = 'another one';
      const headers = { authorization: POD_TOKEN };
      const verifier = await start({ backchannel: { ca, headers } });
      const error = await rejection(verifier.verify(await signer.sign({ iss: server.origin })));
      const shown = [error, logger.lines, JSON.stringify(error)].map((value) =>
        typeof value === 'string' ? value : inspect(value, { depth: 10, showHidden: true }),
      );
      for (const text of shown) expect(text).not.toContain(POD_TOKEN);
    });
  });

  describe('goes through a proxy', () => {
    let proxy: ConnectProxy;

    beforeEach(async () => {
      proxy = await ConnectProxy.start();
    });

    afterEach(() => proxy.stop());

    const url = () => `http://127.0.0.1:${proxy.port}`;
    const outside = { issuer: 'https://id.corp.invalid', warmUp: 'lazy' } as const;

    it('that it is given', async () => {
      expect(await verified(await start({ backchannel: { ca, proxy: url() } }))).toBe(true);
      expect(new Set(proxy.tunnels.map(({ target }) => target))).toEqual(
        new Set([`127.0.0.1:${server.port}`]),
      );
    });

    it('of the environment, except on this machine and for what NO_PROXY lists', async () => {
      process.env = { ...environment, HTTPS_PROXY: url(), NO_PROXY: 'inside.invalid' };
      proxy.refusal = 403;
      const backchannel = { ca, proxy: 'environment' };
      const inside = 'https://id.inside.invalid';
      const issuers = [outside.issuer, inside, server.origin];
      const verifier = await start({ issuer: undefined, issuers, backchannel });
      expect(await verified(verifier, outside.issuer)).toContain(
        'could not be reached through the proxy: the proxy answered 403',
      );
      expect(await verified(verifier, inside)).toMatch(
        /could not be reached: E[A-Z_]+\. Is the authorization server running, and is issuer right\? If its keys are elsewhere, or not reachable under this name from here, give jwksUri\.$/,
      );
      expect(await verified(verifier)).toBe(true);
      expect(proxy.tunnels.map(({ target }) => target)).toEqual(['id.corp.invalid:443']);
    });

    it('only where it is told to, and says so where the environment names one', async () => {
      process.env = { ...environment, HTTPS_PROXY: url() };
      expect(await verified(await start(outside), outside.issuer)).toMatch(
        /could not be reached: E[A-Z_]+\. HTTPS_PROXY is set, and only used with backchannel: \{ proxy: 'environment' \}\. Is the authorization server running, and is issuer right\? If its keys are elsewhere, or not reachable under this name from here, give jwksUri\.$/,
      );
      expect(proxy.tunnels).toHaveLength(0);
    });

    it('that is one, or does not start', async () => {
      process.env = { ...environment, HTTPS_PROXY: 'socks5://u:hush@proxy' };
      const error = await rejection(start({ backchannel: { proxy: 'environment' } }));
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error).toMatchObject({
        problems: [
          expect.stringMatching(
            /^backchannel\.proxy: HTTPS_PROXY of the environment is not the URL of a proxy\./,
          ) as string,
        ],
      });
      expect(String(error)).not.toContain('hush');
    });
  });

  describe('is plain http', () => {
    it('for one issuer alone', async () => {
      const plain = { issuer: 'http://id.corp.invalid', allowInsecureHttp: true };
      await start({ issuer: undefined, issuers: [plain, server.origin] });
      const other = await rejection(
        start({ issuer: undefined, issuers: [plain, 'http://other.corp.invalid'] }),
      );
      expect(other).toMatchObject({
        problems: [expect.stringMatching(/^issuers\[1\]\.issuer: .* is not https\./) as string],
      });
    });

    it('for all but one issuer', async () => {
      const strict = { issuer: 'http://id.corp.invalid', allowInsecureHttp: false };
      const error = await rejection(
        start({ issuer: undefined, issuers: [strict], allowInsecureHttp: true }),
      );
      expect(error).toMatchObject({
        problems: [expect.stringMatching(/^issuers\[0\]\.issuer: .* is not https\./) as string],
      });
    });
  });

  describe('has its options checked', () => {
    it.each<[object, string]>([
      [{ backchannel: 'proxy' }, 'backchannel: not an object.'],
      [
        { backchannel: { retries: 1 } },
        'backchannel.retries: no option. Remove it; there are timeoutMs, headers, proxy, ca.',
      ],
      [{ backchannel: { timeoutMs: 0 } }, 'backchannel.timeoutMs: not a whole number'],
      [{ backchannel: { ca: 'hush' } }, 'backchannel.ca: no certificates that can be read.'],
      [{ backchannel: { proxy: 'hush' } }, 'backchannel.proxy: not the URL of a proxy.'],
      [{ backchannel: { headers: { Host: 'hush' } } }, 'backchannel.headers["Host"]: is decided'],
      [{ backchannel: { headers: { a: 'hush\n' } } }, 'backchannel.headers["a"]: no text that a'],
      [
        { backchannel: {}, secret: 's'.repeat(32) },
        'backchannel: given together with secret, where it has nothing to fetch. Remove one of them.',
      ],
      [{ backchannel: {}, jwksClient: { getKeys: () => [] } }, 'given together with jwksClient,'],
    ])('%j', async (options, fault) => {
      const error = await rejection(start(options));
      expect(error).toMatchObject({ problems: [expect.stringContaining(fault) as string] });
      expect(String(error)).not.toContain('hush');
      const own = { issuer: server.origin, ...options };
      const inList = await rejection(start({ issuer: undefined, issuers: [own] }));
      expect(inList).toMatchObject({
        problems: [expect.stringMatching(/^issuers\[0\]\./) as string],
      });
    });
  });
});
