import fc from 'fast-check';
import { AccessTokenError, TokenVerifier } from 'nestjs-access-tokens';
import { type Answer, platforms, type RunningApp } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import { forge, forgeSigned, goodClaims } from '../../../support/forge.js';
import { startProtectedApi } from '../../../support/protected-api.js';
import { sendRaw } from '../../../support/raw-request.js';

const OVER_HTTP = { numRuns: 60 };
const IN_PROCESS = { numRuns: 300 };

/** Whatever comes, the API gives one of its answers. */
function expectOneOfOurs({ status, challenge, body }: Answer): void {
  expect([200, 400, 401, 403]).toContain(status);
  if (status === 200) expect(challenge).toBeNull();
  else expect(challenge).toMatch(/^Bearer realm="https:\/\/api\.example\.com"/);
  if (status !== 200) expect(body).toMatchObject({ statusCode: status });
}

/** Values that parsers and comparisons stumble over, beside arbitrary ones. */
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>('', 0, -1, 1e308, 2 ** 53, null, [], {}, 'none', '__proto__', [['a']]),
  fc.string({ unit: 'binary' }),
);

const member = (...names: string[]): fc.Arbitrary<string> =>
  fc.oneof(fc.constantFrom(...names), fc.constantFrom('__proto__', 'constructor', ''), fc.string());

const changes = (...names: string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.dictionary(member(...names), value, { maxKeys: 3, noNullPrototype: false });

const headerChanges = changes('alg', 'kid', 'typ', 'cty', 'crit', 'b64', 'zip', 'enc', 'jwk');
const claimChanges = changes('iss', 'aud', 'exp', 'nbf', 'iat', 'sub', 'cnf', 'scope', 'typ');

describe('whatever is sent', () => {
  let server: AuthorizationServer;
  let apis: RunningApp[];
  let verifier: TokenVerifier;

  /** Signed by the issuer, so that what comes after the signature is reached as well. */
  const signed = (head: object, claims: object): string => {
    const { signingKey: key, issuer } = server;
    const header = { typ: 'at+jwt', alg: 'RS256', kid: key.kid, ...head };
    return forgeSigned(header, { ...goodClaims(issuer), ...claims }, key, 'RS256');
  };

  /** A token that is right, or one of the errors of this package: anything else fails the test. */
  const verify = async (token: unknown): Promise<boolean> => {
    try {
      await verifier.verify(token as string);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(AccessTokenError);
      expect(['invalid_token', 'keys_unavailable']).toContain((error as AccessTokenError).code);
      return false;
    }
  };

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    const { issuer } = server;
    apis = await Promise.all(platforms.map((platform) => startProtectedApi({ platform, issuer })));
    verifier = (apis[0] as RunningApp).app.get(TokenVerifier);
  });

  afterAll(async () => {
    await Promise.all(apis.map((api) => api.close()));
    await server.stop();
  });

  const askAll = (headers: string[], path = '/'): Promise<Answer[]> =>
    Promise.all(apis.map(({ url }) => sendRaw(url, headers, { request: `GET ${path} HTTP/1.1` })));

  it('in a header that the issuer signed, the verifier takes the token or refuses it by name', async () => {
    const property = fc.asyncProperty(headerChanges, async (head) => {
      await verify(signed(head, {}));
    });
    await fc.assert(property, IN_PROCESS);
  });

  it('in claims that the issuer signed, the verifier takes the token or refuses it by name', async () => {
    const property = fc.asyncProperty(claimChanges, async (claims) => {
      await verify(signed({}, claims));
    });
    await fc.assert(property, IN_PROCESS);
  });

  it('in claims that the issuer signed, the API gives one of its answers, the same on both platforms', async () => {
    const property = fc.asyncProperty(headerChanges, claimChanges, async (head, claims) => {
      const token = signed(head, claims);
      fc.pre(token.length < 12_000);
      const [express, fastify] = await askAll([`Authorization: Bearer ${token}`], '/read');
      for (const answer of [express, fastify]) expectOneOfOurs(answer as Answer);
      expect(fastify?.status).toBe(express?.status);
      expect(fastify?.challenge).toBe(express?.challenge);
      expect(fastify?.body).toEqual(express?.body);
    });
    await fc.assert(property, OVER_HTTP);
  });

  it('as JSON of any kind, nothing is taken that the issuer did not sign', async () => {
    const property = fc.asyncProperty(fc.jsonValue(), value, fc.uint8Array(), async (h, p, s) => {
      const token = forge(JSON.stringify(h), JSON.stringify(p) ?? '', Buffer.from(s));
      expect(await verify(token)).toBe(false);
    });
    await fc.assert(property, IN_PROCESS);
  });

  it('as bytes of any kind, signed or not, nothing is taken', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
    const property = fc.asyncProperty(bytes, bytes, bytes, async (h, p, s) => {
      expect(await verify(forge(h, p, s))).toBe(false);
      expect(await verify(forgeSigned(h, p, server.signingKey, 'RS256'))).toBe(false);
    });
    await fc.assert(property, { numRuns: 100 });
  });

  it('as anything at all, the verifier refuses it by name', async () => {
    const anything = fc.oneof(fc.anything(), fc.string({ unit: 'binary', maxLength: 200 }));
    const dotted = fc.array(fc.base64String(), { maxLength: 8 }).map((parts) => parts.join('.'));
    const property = fc.asyncProperty(fc.oneof(anything, dotted), async (token) => {
      expect(await verify(token)).toBe(false);
    });
    await fc.assert(property, IN_PROCESS);
  });

  it('one letter off, a good token is not taken any more', async () => {
    const good = signed({}, {});
    const property = fc.asyncProperty(
      fc.nat(good.length - 1),
      fc.string({ unit: 'binary', minLength: 0, maxLength: 2 }),
      async (at, letters) => {
        const changed = good.slice(0, at) + letters + good.slice(at + 1);
        fc.pre(changed !== good);
        expect(await verify(changed)).toBe(false);
      },
    );
    await fc.assert(property, IN_PROCESS);
  });

  it('in the Authorization header, the API gives one of its answers, the same on both platforms', async () => {
    const printable = fc.string({
      unit: fc
        .integer({ min: 0x20, max: 0xff })
        .filter((c) => c !== 0x7f)
        .map((c) => String.fromCodePoint(c)),
    });
    const scheme = fc.constantFrom('Bearer', 'bearer', 'Bearer ', 'Bearer\t', 'Basic', '', ',');
    const separator = fc.constantFrom(' ', '  ', '\t', '', ',', '=');
    const credentials = fc.oneof(printable, fc.base64String(), fc.constant(signed({}, {})));
    const property = fc.asyncProperty(
      scheme,
      separator,
      credentials,
      printable,
      async (...parts) => {
        const [express, fastify] = await askAll([`Authorization: ${parts.join('')}`]);
        expectOneOfOurs(express as Answer);
        expect(fastify?.status).toBe(express?.status);
        expect(fastify?.body).toEqual(express?.body);
      },
    );
    await fc.assert(property, OVER_HTTP);
  });

  it('good tokens are taken after all that', async () => {
    for (const answer of await askAll([`Authorization: Bearer ${signed({}, {})}`]))
      expect(answer.status).toBe(200);
  });
});
