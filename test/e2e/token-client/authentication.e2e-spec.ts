import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import {
  ClientSecretUnavailableError,
  ConfigurationError,
  TokenRequestError,
  type ClientAuthentication,
  type PrivateKeyJwt,
  type TokenClientModuleOptions,
} from 'nestjs-access-tokens';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, tokenEndpoint, type Responder } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { clientKey, remoteSigner, type ClientKey } from '../../support/signing-keys.js';
import { TokenClients } from '../../support/token-clients.js';

const audience = 'https://id.example.com';
const orders = { baseURL: 'https://orders.example' };
const byKey = (key: PrivateKeyJwt['key'], more: Partial<PrivateKeyJwt> = {}): PrivateKeyJwt => ({
  method: 'private_key_jwt',
  key,
  ...more,
});

describe('a client that proves itself with a signed assertion', () => {
  afterEach(() => TokenClients.stopAll());

  describe('to a real authorization server', () => {
    const keys = {
      RS256: clientKey('RS256'),
      ES256: clientKey('ES256'),
      ES384: clientKey('ES384'),
      ES512: clientKey('ES512'),
      EdDSA: clientKey('EdDSA'),
    };
    let server: AuthorizationServer;

    beforeAll(async () => {
      const algorithms = [...Object.keys(keys), 'PS256'] as never[];
      // That of Jest makes objects of another realm, which oidc-provider takes for no JWKs.
      jest.spyOn(globalThis, 'structuredClone').mockImplementation(jsonClone);
      server = await AuthorizationServer.start({
        configuration: { enabledJWA: { clientAuthSigningAlgValues: algorithms } },
        clients: Object.entries(keys).map(([algorithm, { publicJwk }]) => ({
          client_id: algorithm,
          token_endpoint_auth_method: 'private_key_jwt',
          jwks: { keys: [publicJwk as never] },
        })),
      });
      jest.restoreAllMocks();
    });

    afterAll(() => server.stop());

    const exported = (key: ClientKey, type: 'pkcs1' | 'sec1') =>
      (key.privateKey.export as (options: object) => Buffer)({ format: 'pem', type }).toString();

    it.each<[string, keyof typeof keys, () => PrivateKeyJwt]>([
      ['an RSA key in PKCS #8', 'RS256', () => byKey(keys.RS256.pem)],
      ['an RSA key in PKCS #1', 'RS256', () => byKey(exported(keys.RS256, 'pkcs1'))],
      ['an RSA key with PS256', 'RS256', () => byKey(keys.RS256.pem, { algorithm: 'PS256' })],
      ['an RSA key as JWK', 'RS256', () => byKey(keys.RS256.jwk)],
      ['a JWK that names PS256', 'RS256', () => byKey({ ...keys.RS256.jwk, alg: 'PS256' })],
      ['an EC key in SEC 1', 'ES256', () => byKey(exported(keys.ES256, 'sec1'))],
      ['an EC key in PKCS #8', 'ES256', () => byKey(keys.ES256.pem)],
      ['a P-384 key', 'ES384', () => byKey(keys.ES384.pem)],
      ['a P-521 key', 'ES512', () => byKey(keys.ES512.jwk)],
      ['an Ed25519 key', 'EdDSA', () => byKey(keys.EdDSA.pem)],
      ['an Ed25519 key as JWK', 'EdDSA', () => byKey(keys.EdDSA.jwk)],
      ['a function that gets PEM text', 'RS256', () => byKey(async () => keys.RS256.pem)],
      ['a function that gets a JWK', 'ES256', () => byKey(() => keys.ES256.jwk)],
      ['a signer', 'ES256', () => byKey(remoteSigner(keys.ES256))],
    ])('by %s', async (_case, clientId, clientAuthentication) => {
      server.clear();
      const { issuer } = server;
      const { tokens } = await TokenClients.start({
        issuer,
        clientId,
        clientAuthentication: clientAuthentication(),
        clients: { orders: { ...orders, resource: 'https://orders.example.com' } },
      });
      expect((await tokens.getToken('orders')).tokenType).toBe('Bearer');
      expect(server.tokenExchanges).toMatchObject([
        { clientId, authentication: 'private_key_jwt', status: 200 },
      ]);
    });

    it('but not by the key of somebody else', async () => {
      const { tokens } = await TokenClients.start({
        issuer: server.issuer,
        clientId: 'ES256',
        clientAuthentication: byKey(clientKey('ES256').pem),
        clients: { orders },
      });
      const error = await rejection(tokens.getToken('orders'));
      expect(error).toBeInstanceOf(TokenRequestError);
      expect(error).toMatchObject({ oauthError: 'invalid_client' });
    });
  });

  describe('sends', () => {
    const key = clientKey('ES256');
    let server: RecordingServer;

    beforeAll(async () => {
      server = await RecordingServer.start();
    });

    beforeEach(() => {
      server.requests.length = 0;
      server.respond = tokenEndpoint();
    });

    afterAll(() => server.stop());

    const start = (
      clientAuthentication: ClientAuthentication,
      more: Partial<TokenClientModuleOptions> = {},
    ) =>
      TokenClients.start({
        tokenEndpoint: `${server.origin}/token`,
        clientId: 'gateway',
        clientAuthentication,
        clients: { orders },
        ...more,
      });
    const forms = () => server.requests.map(({ body }) => new URLSearchParams(body));
    const assertions = () => forms().map((form) => form.get('client_assertion') ?? '');
    const invalidClient: Responder = () => ({ status: 401, body: { error: 'invalid_client' } });

    it('an assertion of one minute for the issuer, and nothing else that proves anything', async () => {
      const clock = new TestClock();
      const { tokens } = await start(byKey(key.pem, { audience, keyId: 'key-1' }), { clock });
      await tokens.getToken('orders');
      const [form] = forms();
      expect([...(form?.keys() ?? [])].toSorted()).toEqual([
        'client_assertion',
        'client_assertion_type',
        'client_id',
        'grant_type',
      ]);
      expect(form?.get('client_id')).toBe('gateway');
      expect(form?.get('client_assertion_type')).toBe(
        'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      );
      expect(server.authorizations).toEqual([undefined]);
      const now = Math.floor(clock.now() / 1000);
      const { payload, protectedHeader } = await jwtVerify(
        assertions()[0] ?? '',
        await importJWK(key.publicJwk, 'ES256'),
        { audience, currentDate: new Date(clock.now()) },
      );
      expect(protectedHeader).toEqual({
        alg: 'ES256',
        typ: 'client-authentication+jwt',
        kid: 'key-1',
      });
      expect(payload).toEqual({
        iss: 'gateway',
        sub: 'gateway',
        aud: audience,
        jti: expect.stringMatching(/^[\da-f-]{36}$/) as string,
        iat: now,
        nbf: now,
        exp: now + 60,
      });
    });

    it('what the clock of the module says, not the one of the machine', async () => {
      const clock = new TestClock();
      clock.advance({ minutes: 60 * 24 });
      const { tokens } = await start(byKey(key.pem, { audience }), { clock });
      await tokens.getToken('orders');
      expect(decodeJwt(assertions()[0] ?? '').iat).toBe(Math.floor(clock.now() / 1000));
    });

    it('the issuer that discovery found as audience', async () => {
      const { origin } = server;
      const token = tokenEndpoint();
      server.respond = (request, response) =>
        request.path === '/token'
          ? token(request, response)
          : { body: { issuer: `${origin}/as`, token_endpoint: `${origin}/token` } };
      const { tokens } = await start(byKey(key.pem), {
        tokenEndpoint: undefined,
        issuer: `${origin}/as`,
      });
      await tokens.getToken('orders');
      expect(decodeJwt(assertions().at(-1) ?? '').aud).toBe(`${origin}/as`);
    });

    it('the header that it is told, and the kid of a JWK', async () => {
      const thumbprint = { 'x5t#S256': 'abc', typ: 'JWT' };
      const jwk = { ...key.jwk, kid: 'of-the-jwk' };
      const { tokens } = await start(byKey(jwk, { audience, header: thumbprint }));
      await tokens.getToken('orders');
      expect(decodeProtectedHeader(assertions()[0] ?? '')).toEqual({
        alg: 'ES256',
        kid: 'of-the-jwk',
        ...thumbprint,
      });
    });

    it('to a signer exactly what it then sends', async () => {
      const signer = remoteSigner(key);
      const { tokens } = await start(byKey(signer, { audience, keyId: 'kms' }));
      await tokens.getToken('orders');
      const [assertion = ''] = assertions();
      expect(signer.inputs).toEqual([assertion.split('.').slice(0, 2).join('.')]);
      const { protectedHeader } = await jwtVerify(
        assertion,
        await importJWK(key.publicJwk, 'ES256'),
        { audience, issuer: 'gateway' },
      );
      expect(protectedHeader).toEqual({
        alg: 'ES256',
        typ: 'client-authentication+jwt',
        kid: 'kms',
      });
    });

    describe('one of its own with every attempt', () => {
      const ids = () => new Set(assertions().map((assertion) => decodeJwt(assertion).jti));

      it.each([
        ['by a key', () => byKey(key.pem, { audience })],
        ['by a signer', () => byKey(remoteSigner(key), { audience })],
      ])('where the server is busy: %s', async (_case, authentication) => {
        const answers = [{ status: 503 }, { status: 429 }];
        const good = tokenEndpoint();
        server.respond = (...request) => answers.shift() ?? good(...request);
        const { tokens } = await start(authentication(), { clock: new TestClock() });
        await tokens.getToken('orders');
        expect(server.requests).toHaveLength(3);
        expect(ids().size).toBe(3);
      });

      it('where the server wants a nonce', async () => {
        const challenge = {
          status: 400,
          headers: { 'dpop-nonce': 'nonce-1' },
          body: { error: 'use_dpop_nonce' },
        };
        const answers = [challenge];
        const good = tokenEndpoint({ token_type: 'DPoP' });
        server.respond = (...request) => answers.shift() ?? good(...request);
        const { tokens } = await start(byKey(key.pem, { audience }), { dpop: true });
        await tokens.getToken('orders');
        expect(server.requests).toHaveLength(2);
        expect(ids().size).toBe(2);
      });
    });

    describe('what its key is at that time', () => {
      const signedBy = async ({ publicJwk }: ClientKey, assertion = '') => {
        const verified = jwtVerify(assertion, await importJWK(publicJwk, 'ES256'));
        return verified.then(
          () => true,
          () => false,
        );
      };

      it('with the next token request after a rotation', async () => {
        const next = clientKey('ES256');
        let current = key.pem;
        const { tokens } = await start(byKey(() => current, { audience }));
        await tokens.getToken('orders');
        current = next.pem;
        await tokens.getToken('orders', { force: true });
        const [first, second] = assertions();
        expect(await signedBy(key, first)).toBe(true);
        expect(await signedBy(key, second)).toBe(false);
        expect(await signedBy(next, second)).toBe(true);
      });

      it('at once where the server knows the old one no more', async () => {
        const next = clientKey('ES256');
        const answers = [key.jwk, next.jwk, next.jwk];
        const good = tokenEndpoint();
        server.respond = async (request, response) => {
          const assertion = new URLSearchParams(request.body).get('client_assertion') ?? '';
          return (await signedBy(next, assertion))
            ? good(request, response)
            : invalidClient(request, response);
        };
        const { tokens } = await start(byKey(() => ({ ...answers.shift() }), { audience }));
        expect((await tokens.getToken('orders')).accessToken).toBe('token-1');
        expect(server.requests).toHaveLength(2);
        expect(answers).toHaveLength(1);
      });

      it('and not once more where it is still the same', async () => {
        let reads = 0;
        const read = () => {
          reads += 1;
          return { ...key.jwk };
        };
        server.respond = invalidClient;
        const { tokens } = await start(byKey(read, { audience }));
        await rejection(tokens.getToken('orders'));
        expect(server.requests).toHaveLength(1);
        expect(reads).toBe(2);
      });
    });

    describe('nothing where the key cannot be used', () => {
      const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
      it.each<[string, PrivateKeyJwt, string]>([
        [
          'a function that throws',
          byKey(() => {
            throw new RangeError(key.pem);
          }),
          'The function threw RangeError.',
        ],
        [
          'a function that gives nothing',
          byKey((() => undefined) as never),
          'The function returned no private key that can be read.',
        ],
        [
          'a function that gives a part of a key',
          byKey(() => key.pem.slice(0, -60)),
          'The function returned no private key that can be read.',
        ],
        [
          'a function that gives the public key',
          byKey(() => key.publicJwk),
          'The function returned a public key.',
        ],
        [
          'a function that gives a short key',
          byKey(() => short.export({ format: 'jwk' })),
          'The function returned an RSA key of less than 2048 bits.',
        ],
        [
          'a function that gives a key for another algorithm',
          byKey(() => key.pem, { algorithm: 'RS256' }),
          'The function returned a key that the algorithm does not fit.',
        ],
        [
          'a signer that throws',
          byKey({ algorithm: 'ES256', sign: () => Promise.reject(new TypeError(key.pem)) }),
          'The function threw TypeError.',
        ],
        [
          'a signer that gives nothing',
          byKey({ algorithm: 'ES256', sign: async () => new Uint8Array() }),
          'The function sign gave no signature.',
        ],
        [
          'a signer that gives DER',
          byKey(remoteSigner(key, 'der')),
          'where ES256 has 64, r and s one after the other and not in DER.',
        ],
      ])('%s', async (_case, authentication, message) => {
        const clients = await start({ ...authentication, audience });
        const error = await rejection(clients.tokens.getToken('orders'));
        expect(error).toBeInstanceOf(ClientSecretUnavailableError);
        expect(error).toMatchObject({ option: 'clientAuthentication.key' });
        expect(String(error)).toContain(
          `Client 'orders' got no access token: its clientAuthentication.key could not be read. `,
        );
        expect(String(error)).toContain(message);
        expectNoSecret([error, clients.logs], ...linesOf(key.pem), key.jwk.d ?? '');
        expect(server.requests).toHaveLength(0);
      });
    });

    it('nothing that is then shown, though the server repeats it', async () => {
      server.respond = ({ body }) => ({
        status: 400,
        body: {
          error: 'invalid_request',
          error_description: `replayed: ${new URLSearchParams(body).get('client_assertion')}`,
        },
      });
      const clients = await start(byKey(key.jwk, { audience }));
      const error = await rejection(clients.tokens.getToken('orders'));
      expect(error).toMatchObject({ oauthErrorDescription: 'replayed: [redacted]' });
      expectNoSecret([error, clients.logs, clients.tokens], ...assertions(), key.jwk.d ?? '');
    });

    it('other tokens for other keys, and one for the same', async () => {
      const other = clientKey('ES256').pem;
      const { tokens } = await start(byKey(key.jwk, { audience }), {
        clients: {
          one: orders,
          two: {
            ...orders,
            clientId: 'gateway',
            clientAuthentication: byKey({ ...key.jwk }, { audience }),
          },
          three: {
            ...orders,
            clientId: 'gateway',
            clientAuthentication: byKey(other, { audience }),
          },
          four: {
            ...orders,
            clientId: 'gateway',
            clientAuthentication: byKey({ ...key.jwk }, { audience: `${audience}/other` }),
          },
        },
      });
      const names = ['one', 'two', 'three', 'four'];
      const issued = await Promise.all(names.map((name) => tokens.getToken(name)));
      expect(issued.map(({ accessToken }) => accessToken)).toEqual([
        issued[1]?.accessToken,
        issued[0]?.accessToken,
        expect.not.stringContaining(issued[0]?.accessToken ?? ''),
        expect.not.stringContaining(issued[0]?.accessToken ?? ''),
      ]);
      expect(server.requests).toHaveLength(3);
    });

    it('a secret as it is, where the server reads it so', async () => {
      const clientSecret = 'a secret+with/€ %';
      const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
      for (const [encoding, sent] of [
        ['raw', basic(`gateway:${clientSecret}`)],
        ['rfc6749', basic('gateway:a+secret%2Bwith%2F%E2%82%AC+%25')],
      ] as const) {
        server.requests.length = 0;
        const method = 'client_secret_basic';
        const { tokens } = await start({ method, encoding }, { clientSecret });
        await tokens.getToken('orders');
        expect(server.authorizations).toEqual([sent]);
        expect(forms()[0]?.has('client_secret')).toBe(false);
      }
    });

    it('a rotated secret with one more request at once, where the old one is refused', async () => {
      const secrets = ['old', 'new', 'new'];
      const good = tokenEndpoint();
      server.respond = (request, response) =>
        request.headers.authorization === `Basic ${btoa('gateway:new')}`
          ? good(request, response)
          : invalidClient(request, response);
      const clientSecret = () => secrets.shift() ?? '';
      const { tokens } = await start('client_secret_basic', { clientSecret });
      expect((await tokens.getToken('orders')).accessToken).toBe('token-1');
      expect(server.requests).toHaveLength(2);
      expect(secrets).toHaveLength(1);
    });
  });

  describe('has its options checked', () => {
    const ec = clientKey('ES256');
    const rsa = clientKey('RS256');
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    const encrypted = ec.privateKey
      .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: randomUUID() })
      .toString();
    const publicPem = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .publicKey.export({ format: 'pem', type: 'spki' })
      .toString();
    const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
      .privateKey.export({ format: 'pem', type: 'pkcs8' })
      .toString();

    async function faultsOf(clientAuthentication: unknown, more: object = {}) {
      const options = {
        issuer: audience,
        clientId: 'gateway',
        clientAuthentication,
        clients: { orders },
        ...more,
      };
      try {
        await TokenClients.start(options as TokenClientModuleOptions);
        return [];
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        expectNoSecret(error, ...linesOf(ec.pem), ...linesOf(encrypted), ec.jwk.d ?? '');
        return error.problems;
      }
    }

    it.each<[string, unknown]>([
      ['a PEM', byKey(ec.pem)],
      ['a JWK', byKey({ ...ec.jwk, kid: 'a', alg: 'ES256', use: 'sig' })],
      ['a function', byKey(() => ec.pem)],
      ['a signer', byKey(remoteSigner(ec))],
      ['a signer and the same algorithm', byKey(remoteSigner(ec), { algorithm: 'ES256' })],
    ])('and is good with %s', async (_case, authentication) => {
      expect(await faultsOf(authentication)).toEqual([]);
    });

    it.each<[string, unknown, string]>([
      ['no key', { method: 'private_key_jwt' }, '.key: missing. Give the private key'],
      [
        'no PEM',
        byKey('MIGHAgEA'),
        '.key: no private key that can be read. Give PEM text or a JWK',
      ],
      [
        'a PEM whose line breaks are gone',
        byKey(ec.pem.replaceAll('\n', String.raw`\n`)),
        'its line breaks have to be real ones',
      ],
      ['a broken PEM', byKey(ec.pem.slice(0, -60)), '.key: no private key that can be read.'],
      [
        'a broken JWK',
        byKey({ kty: 'EC', crv: 'P-256', d: ec.jwk.d ?? '' }),
        '.key: no private key that can be read.',
      ],
      ['a number', byKey(5 as never), '.key: no private key that can be read.'],
      ['an encrypted PEM', byKey(encrypted), '.key: an encrypted private key. Decrypt it first'],
      ['a public PEM', byKey(publicPem), '.key: a public key. Give the private one'],
      ['a public JWK', byKey(ec.publicJwk), '.key: a public key.'],
      ['a secret JWK', byKey({ kty: 'oct', k: 'c2VjcmV0' }), '.key: a symmetric key.'],
      [
        'a short RSA key',
        byKey(short.export({ format: 'pem', type: 'pkcs8' }).toString()),
        '.key: an RSA key of less than 2048 bits. Make a longer one',
      ],
      ['a curve of no use', byKey(secp256k1), '.key: a key of a kind that cannot sign assertions.'],
      [
        'an algorithm that does not fit',
        byKey(rsa.pem, { algorithm: 'ES256' }),
        '.key: a key that the algorithm does not fit. Use RS256 or RS384',
      ],
      [
        'a JWK with an alg that does not fit',
        byKey({ ...ec.jwk, alg: 'ES384' }),
        '.key: a key that the algorithm does not fit. Use ES256.',
      ],
      [
        'an unknown algorithm',
        byKey(ec.pem, { algorithm: 'HS256' }),
        `.algorithm: unknown value. Use one such as 'RS256' or 'ES256'.`,
      ],
      [
        'a signer with another algorithm',
        byKey(remoteSigner(ec), { algorithm: 'RS256' }),
        '.key: a signer whose algorithm is none for assertions, or not the one of the options.',
      ],
      [
        'a signer with a symmetric algorithm',
        byKey({ ...remoteSigner(ec), algorithm: 'HS256' }),
        '.key: a signer whose algorithm is none for assertions',
      ],
      ['an empty kid', byKey(ec.pem, { keyId: '' }), '.keyId: empty.'],
      ['an audience of lines', byKey(ec.pem, { audience: 'a\n' }), '.audience: has a line break'],
      [
        'a header of text',
        byKey(ec.pem, { header: 'a' as never }),
        '.header: not an object of JSON',
      ],
      [
        'a header that is no JSON',
        byKey(ec.pem, { header: { a: 1n } }),
        '.header: not an object of JSON values.',
      ],
      [
        'a header with alg',
        byKey(ec.pem, { header: { alg: 'none' } }),
        `.header.alg: is decided by the option 'algorithm'. Remove it here.`,
      ],
      [
        'a misspelt member',
        { ...byKey(ec.pem), keyID: 'a' },
        `.keyID: no option. Did you mean 'keyId'?`,
      ],
      ['a strange member', { ...byKey(ec.pem), kid: 'a' }, '.kid: no option. Remove it;'],
      [
        'an unknown method',
        { method: 'client_secret_jwt' },
        `.method: unknown value. Use 'client_secret_basic', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'.`,
      ],
    ])('and is at fault with %s', async (_case, authentication, fault) => {
      expect(await faultsOf(authentication)).toEqual([expect.stringContaining(fault)]);
    });

    it('and is at fault without the key that the method needs', async () => {
      expect(await faultsOf('private_key_jwt', { clientSecret: 'secret' })).toEqual([
        expect.stringMatching(/^clientAuthentication: unknown value\. Use .* or an object/),
      ]);
    });

    it('together with the others, all at once', async () => {
      const authentication = byKey('no key', { keyId: '', algorithm: 'none' });
      expect(await faultsOf(authentication, { clientSecret: 'secret' })).toEqual([
        expect.stringContaining('clientAuthentication.key: '),
        expect.stringContaining('clientAuthentication.algorithm: '),
        expect.stringContaining('clientAuthentication.keyId: '),
        expect.stringMatching(/^clientSecret: given together with a key or a certificate/),
      ]);
    });

    it('for an audience where there is no issuer', async () => {
      const server = { issuer: undefined, tokenEndpoint: 'https://id.example.com/token' };
      expect(await faultsOf(byKey(ec.pem), server)).toEqual([
        'clientAuthentication.audience: missing. Give the issuer of the authorization server, which tokenEndpoint alone does not tell; or give issuer in place of tokenEndpoint.',
      ]);
      expect(await faultsOf(byKey(ec.pem, { audience }), server)).toEqual([]);
      const own = { ...orders, ...server, clientId: 'own', clientAuthentication: byKey(ec.pem) };
      expect(
        await faultsOf(undefined, { clientSecret: 'secret', clients: { orders: own } }),
      ).toEqual([
        expect.stringMatching(/^clients\.orders\.clientAuthentication\.audience: missing\./),
      ]);
    });

    it('for a secret of the same client', async () => {
      const own = { ...orders, clientAuthentication: byKey(ec.pem) };
      expect(
        await faultsOf(undefined, { clientSecret: 'secret', clients: { orders: own } }),
      ).toEqual([
        expect.stringMatching(
          /^clientSecret: given together with a key .* in clients\.orders\.clientAuthentication\./,
        ),
      ]);
    });

    it('for what Basic can carry', async () => {
      const raw = { method: 'client_secret_basic', encoding: 'raw' };
      const more = { clientSecret: 'secret' };
      expect(await faultsOf(raw, more)).toEqual([]);
      expect(await faultsOf({ ...raw, encoding: 'plain' }, more)).toEqual([
        `clientAuthentication.encoding: unknown value. Use 'rfc6749' or 'raw'.`,
      ]);
      expect(await faultsOf(raw, { ...more, clientId: 'urn:gateway' })).toEqual([
        expect.stringMatching(/^clientId: has a colon in it/),
      ]);
      expect(await faultsOf(raw)).toEqual([expect.stringMatching(/^clientSecret: missing/)]);
    });
  });
});

function jsonClone<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Each line on its own, as a part of a key is too much already. */
function linesOf(pem: string): string[] {
  return pem.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'));
}
