import type { RunningApp } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import { forge, forgeSigned, goodClaims, type Part } from '../../../support/forge.js';
import { expectRefused, startProtectedApi } from '../../../support/protected-api.js';
import { RecordingServer } from '../../../support/recording-server.js';

const NOTHING = { discovery: 0, jwks: 0, token: 0, other: 0 };
const NOT_AN_ACCESS_TOKEN = 'The token is not an access token';

/** In every token here the signature is right, or there is none to be had: only the header is bad. */
describe('the header of a token', () => {
  let server: AuthorizationServer;
  let api: RunningApp;

  /** A token whose key nobody knows: whoever looks for the key is caught by the count of fetches. */
  const withUnknownKey = (header: Record<string, unknown>): Record<string, unknown> => ({
    typ: 'at+jwt',
    alg: 'RS256',
    kid: crypto.randomUUID(),
    ...header,
  });

  /** A token that is good but for what is changed in its header. */
  const signed = (header: Record<string, unknown>): string =>
    forgeSigned(
      { typ: 'at+jwt', alg: 'RS256', kid: server.signingKey.kid, ...header },
      goodClaims(server.issuer),
      server.signingKey,
    );

  const expectRefusedWithoutFetch = async (token: string, message?: string): Promise<void> => {
    expectRefused(await api.get('/', token), message);
    expect(server.requests).toEqual(NOTHING);
  };

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    api = await startProtectedApi({ issuer: server.issuer });
    expect(await api.get('/', signed({}))).toMatchObject({ status: 200 });
  });

  beforeEach(() => server.clear());

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  describe('with an algorithm that is none', () => {
    const algorithms: unknown[] = ['none', 'None', 'nOnE', 'NONE', '', 'HS256', 'RSA1_5', 'dir'];
    const notTexts: unknown[] = [undefined, null, 0, 256, true, ['RS256'], { alg: 'RS256' }, []];

    it.each([...algorithms, ...notTexts])(
      'is refused before any key is looked for when alg is %j',
      async (alg) => {
        const header = withUnknownKey({ alg });
        for (const signature of ['x', 'no signature', Buffer.alloc(256)])
          await expectRefusedWithoutFetch(forge(header, goodClaims(server.issuer), signature));
      },
    );

    it.each(['none', 'RS256', 'HS256'])(
      'is refused without a signature when alg is %s',
      async (alg) => {
        await expectRefusedWithoutFetch(
          forge(withUnknownKey({ alg }), goodClaims(server.issuer), ''),
        );
      },
    );
  });

  it.each(['rs256', 'Rs256', 'RS256 ', ' RS256', 'RS256\n', 'RS256\u0000', 'ЅR256', 'RS256,HS256'])(
    'does not get round the list of algorithms by spelling: %j',
    async (alg) => {
      await expectRefusedWithoutFetch(signed({ alg, kid: crypto.randomUUID() }));
    },
  );

  it.each(['ES256K', 'RS1', 'ML-DSA-44', 'HS512', 'PBES2-HS256+A128KW', 'Ed448', '__proto__'])(
    'names an algorithm that is never accepted: %s',
    async (alg) => {
      await expectRefusedWithoutFetch(signed({ alg, kid: crypto.randomUUID() }));
    },
  );

  describe('that brings its own key', () => {
    let attacker: RecordingServer;
    let attackersKey: AuthorizationServer;

    beforeAll(async () => {
      attacker = await RecordingServer.start();
      attackersKey = await AuthorizationServer.start();
    });

    afterAll(async () => {
      await attackersKey.stop();
      await attacker.stop();
    });

    const ownKey = (): Record<string, unknown> => {
      const { kty, n, e, kid } = attackersKey.signingKey;
      return {
        jwk: { kty, n, e, kid },
        jku: `${attacker.origin}/jwks`,
        x5u: `${attacker.origin}/x5u`,
        x5c: ['MIIB'],
        x5t: 'AAAA',
        'x5t#S256': 'AAAA',
      };
    };

    it.each(['jwk', 'jku', 'x5u', 'x5c', 'x5t', 'x5t#S256'])(
      'is not believed, and nothing is fetched from there: %s',
      async (name) => {
        const header = { typ: 'at+jwt', alg: 'RS256', [name]: ownKey()[name] };
        const claims = goodClaims(server.issuer);
        const { kid } = server.signingKey;
        await expectRefusedWithoutFetch(
          forgeSigned({ ...header, kid }, claims, attackersKey.signingKey),
        );
        // Without a kid the issuer itself may be asked whether it has a new key.
        expectRefused(await api.get('/', forgeSigned(header, claims, attackersKey.signingKey)));
        expect(attacker.requests).toEqual([]);
      },
    );

    it('makes no difference to a token that the issuer signed', async () => {
      expect(await api.get('/', signed(ownKey()))).toMatchObject({ status: 200 });
      expect(attacker.requests).toEqual([]);
    });
  });

  describe('with a kid that is meant for another machine', () => {
    const paths = ['../../../../dev/null', 'file:///etc/passwd', 'https://evil.example.com/jwks'];
    const queries = ["' OR '1'='1", "x'; DROP TABLE keys; --", '${jndi:ldap://evil/a}', '{{7*7}}'];
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const bytes = ['\u0000', 'a\r\nb', ' ', '', '\u202e\u2028', 'ключ', '*', 'k'.repeat(256)];

    it('takes it for a name like any other, and finds no key of that name', async () => {
      for (const kid of [...paths, ...queries, ...names, ...bytes])
        expectRefused(await api.get('/', signed({ kid })));
    });

    it('fetches the key set a few times at most for all of them together', async () => {
      for (const kid of [...paths, ...queries, ...names, ...bytes])
        await api.get('/', signed({ kid: `${kid}2` }));
      expect(server.requests.discovery).toBe(0);
      expect(server.requests.jwks).toBeLessThanOrEqual(4);
    });

    it.each([
      ['10 KB long', 'k'.repeat(10_000)],
      ['one letter too long', 'k'.repeat(257)],
      ['an object', { toString: 'x' }],
      ['an array', ['a']],
      ['a number', 1],
      ['null', null],
      ['true', true],
    ])('is refused before any key is looked for when it is %s', async (_, kid) => {
      await expectRefusedWithoutFetch(signed({ kid }));
    });
  });

  it.each([
    { crit: ['x'], x: 1 },
    { crit: ['absent'] },
    { crit: [] },
    { crit: ['b64', 'b64'], b64: true },
    { crit: ['alg'] },
    { crit: ['exp'], exp: 1 },
    { crit: 'b64' },
    { crit: null },
    { crit: { 0: 'b64' } },
    { crit: ['b64'], b64: false },
    { crit: ['b64'], b64: true },
    { b64: false },
    { b64: null },
  ])('says that something critical must be understood: %j', async (header) => {
    await expectRefusedWithoutFetch(signed({ ...header, kid: crypto.randomUUID() }));
    await expectRefusedWithoutFetch(signed(header));
  });

  it.each([
    'id+jwt',
    'dpop+jwt',
    'token-introspection+jwt',
    'logout+jwt',
    'secevent+jwt',
    'oauth-id-jag+jwt',
    'client-authentication+jwt',
    'oauth-authz-req+jwt',
    'JOSE',
    'JOSE+JSON',
    'at+jwt ',
    'at+jwt\u0000',
    'at+jwt;charset=utf-8',
    'application/application/at+jwt',
    'rt+jwt',
    '',
  ])('says that the token is of another kind: typ %j', async (typ) => {
    await expectRefusedWithoutFetch(signed({ typ, kid: crypto.randomUUID() }), NOT_AN_ACCESS_TOKEN);
    await expectRefusedWithoutFetch(signed({ typ }), NOT_AN_ACCESS_TOKEN);
  });

  it.each([[['at+jwt']], [{ typ: 'at+jwt' }], [1], [null], [true]])(
    'has a typ that is no text: %j',
    async (typ) => {
      await expectRefusedWithoutFetch(signed({ typ }));
    },
  );

  describe('of something that is not a signed token', () => {
    it.each([
      { zip: 'DEF' },
      { enc: 'A256GCM' },
      { enc: 'A256GCM', zip: 'DEF', alg: 'RSA-OAEP' },
      { zip: 'none' },
      { zip: null },
    ])('is refused without unpacking anything: %j', async (header) => {
      await expectRefusedWithoutFetch(signed(header));
    });

    const jwe = (header: Part): string => `${forge(header, 'key', 'iv')}.Y2lwaGVy.dGFn`;

    it.each([
      ['an encrypted token', () => jwe({ alg: 'RSA-OAEP', enc: 'A256GCM' })],
      [
        'one that asks for a billion rounds of PBKDF2',
        () => jwe({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 1e9, p2s: 'AAAA' }),
      ],
      ['one that unpacks to a bomb', () => jwe({ alg: 'dir', enc: 'A128GCM', zip: 'DEF' })],
      ['a token inside a token', () => forge({ alg: 'RS256' }, signed({}))],
      ['a token without its payload', () => signed({}).replace(/\..*\./, '..')],
    ])('%s', async (_, token) => {
      await expectRefusedWithoutFetch(token());
    });
  });
});
