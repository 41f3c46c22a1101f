import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { isAxiosError } from 'axios';
import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  EmbeddedJWK,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  type JWK,
  type JWTPayload,
} from 'jose';
import type {
  DPoPOptions,
  TokenClientModuleOptions,
  TokenClientOptions,
} from 'nestjs-access-tokens';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import {
  RecordingServer,
  type Answer,
  type RecordedRequest,
} from '../../support/recording-server.js';
import { everyFormOf } from '../../support/every-form.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

/** A proof that arrived at an API and was found good. */
interface Proof {
  readonly header: ReturnType<typeof decodeProtectedHeader>;
  readonly claims: JWTPayload;
}

describe('tokens bound to a key (DPoP)', () => {
  let authorization: AuthorizationServer;
  let api: RecordingServer;
  let clock: TestClock;
  /** What the API checked, in order. */
  let proofs: Proof[];
  /** The nonce that the API demands. */
  let nonce: string | undefined;
  let seen: Set<unknown>;
  let nonceRequired: boolean;

  beforeAll(async () => {
    authorization = await AuthorizationServer.start({
      configuration: {
        features: {
          dPoP: {
            enabled: true,
            nonceSecret: randomBytes(32),
            requireNonce: () => nonceRequired,
          },
        },
        enabledJWA: {
          dPoPSigningAlgValues: ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'RS256'],
        },
      },
    });
  });

  beforeEach(async () => {
    // One for each test: the key of the process remembers the nonces of those it has met.
    api = await RecordingServer.start(protect);
    clock = new TestClock();
    proofs = [];
    seen = new Set();
    nonce = undefined;
    nonceRequired = false;
    authorization.clear();
  });

  afterEach(async () => {
    await TokenClients.stopAll();
    await api.stop();
  });

  afterAll(() => authorization.stop());

  /** Answers as RFC 9449 section 7 wants it, and with 500 to any proof that is not as it should be. */
  const protect = (request: RecordedRequest): Promise<Answer> =>
    check(request).catch((error: unknown) => ({ status: 500, body: String(error) }));

  async function check(request: RecordedRequest): Promise<Answer> {
    const [scheme, token = ''] = request.headers.authorization?.split(' ') ?? [];
    expect(scheme).toBe('DPoP');
    const proof = String(request.headers['dpop']);
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      currentDate: new Date(clock.now()),
      maxTokenAge: '1 minute',
    });
    const { jwk = {} } = protectedHeader;
    expect(seen).not.toContain(payload.jti);
    seen.add(payload.jti);
    expect(payload).toMatchObject({
      htm: request.method,
      htu: api.origin + request.path.split('?')[0],
      ath: createHash('sha256').update(token).digest('base64url'),
    });
    expect(decodeJwt(token)['cnf']).toEqual({ jkt: await calculateJwkThumbprint(jwk as JWK) });
    proofs.push({ header: protectedHeader, claims: payload });
    if (payload['nonce'] === nonce) return { body: { fine: true } };
    return {
      status: 401,
      headers: {
        'www-authenticate': 'DPoP error="use_dpop_nonce", error_description="use it, please"',
        'dpop-nonce': nonce ?? '',
      },
    };
  }

  const start = (
    options: TokenClientOptions = {},
    shared: Partial<TokenClientModuleOptions> = {},
  ) =>
    TokenClients.start({
      issuer: authorization.issuer,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      scope: 'orders.read',
      dpop: true,
      clock,
      clients: { orders: { baseURL: `${api.origin}/v1`, ...options } },
      ...shared,
    });
  const startOrders = async (options: TokenClientOptions = {}) =>
    (await start(options)).axios('orders');
  const noncesSeen = () => proofs.map(({ claims }) => claims['nonce']);

  describe.each(['http', 'fetch'])('with the adapter %s', (adapter) => {
    it('are sent with a proof of their own in each call', async () => {
      const clients = await start({ adapter });
      const orders = clients.axios('orders');
      await orders.get('/orders/a%20b?x=1#y', { params: { z: 2 } });
      await orders.post('/orders', { item: 'book' });
      expect(proofs.map(({ claims }) => [claims['htm'], claims['htu']])).toEqual([
        ['GET', `${api.origin}/v1/orders/a%20b`],
        ['POST', `${api.origin}/v1/orders`],
      ]);
      expect(authorization.tokenExchanges.map(({ body }) => body['token_type'])).toEqual(['DPoP']);
      const token = await clients.tokens.getToken('orders');
      expect(token.tokenType).toBe('DPoP');
    });

    it('are sent once more with the nonce that the API demands, and at once from then on', async () => {
      nonce = 'nonce-1';
      const orders = await startOrders({ adapter, retryOn401: 'never' });
      expect((await orders.post('/orders', { item: 'book' })).data).toEqual({ fine: true });
      await orders.get('/other');
      expect(noncesSeen()).toEqual([undefined, 'nonce-1', 'nonce-1']);
      expect(api.requests.map(({ body }) => body)).toEqual([
        '{"item":"book"}',
        '{"item":"book"}',
        '',
      ]);
      expect(authorization.requests.token).toBe(1);
    });

    it('show neither token nor proof', async () => {
      nonce = 'nonce-1';
      const orders = await startOrders({ adapter });
      const response = await orders.get('/orders');
      const sent = api.requests.flatMap(({ headers }) => [
        String(headers['dpop']),
        String(headers.authorization).replace('DPoP ', ''),
      ]);
      expectNoSecret(response, ...sent);
      nonce = 'nonce-2';
      const error = await rejection(orders.post('/orders', Readable.from(['a'])));
      expect(error).toMatchObject({ status: 401 });
      for (const { headers } of api.requests) expectNoSecret(error, String(headers['dpop']));
      expectNoSecret(error, ...sent);
    });
  });

  describe('and nonces', () => {
    it('are learned from any answer', async () => {
      const orders = await startOrders();
      api.respond = async (request) => ({
        ...(await protect(request)),
        headers: { 'dpop-nonce': 'fresh' },
      });
      await orders.get('/orders');
      nonce = 'fresh';
      await orders.get('/orders');
      expect(noncesSeen()).toEqual([undefined, 'fresh']);
    });

    it('are kept for each origin by itself', async () => {
      const other = await RecordingServer.start();
      other.respond = () => ({ headers: { 'dpop-nonce': 'of-other' }, body: {} });
      const orders = await startOrders({ allowedOrigins: [other.origin] });
      await orders.get(`${other.origin}/x`);
      await orders.get('/orders');
      await orders.get(`${other.origin}/x`);
      expect(noncesSeen()).toEqual([undefined]);
      expect(
        other.requests.map(({ headers }) => decodeJwt(String(headers['dpop']))['nonce']),
      ).toEqual([undefined, 'of-other']);
      await other.stop();
    });

    it('are demanded in vain the second time: no loop', async () => {
      let count = 0;
      api.respond = async (request) => {
        nonce = `nonce-${++count}`;
        return protect(request);
      };
      const orders = await startOrders();
      const error = await rejection(orders.get('/orders'));
      expect(error).toMatchObject({ status: 401 });
      expect(api.requests).toHaveLength(2);
      expect(authorization.requests.token).toBe(1);
    });

    it('have a budget beside that of the new token: three attempts, and never more', async () => {
      let revoked: string | undefined;
      nonce = 'nonce-1';
      api.respond = async (request) => {
        revoked ??= request.headers.authorization;
        const answer = await protect(request);
        if (answer.status === 401 || request.headers.authorization !== revoked) return answer;
        return { status: 401, headers: { 'www-authenticate': 'DPoP error="invalid_token"' } };
      };
      const orders = await startOrders();
      expect((await orders.post('/orders', {})).data).toEqual({ fine: true });
      expect(noncesSeen()).toEqual([undefined, 'nonce-1', 'nonce-1']);
      expect(authorization.requests.token).toBe(2);

      let attempts = 0;
      api.respond = () => {
        attempts += 1;
        const error = attempts % 2 ? 'invalid_token' : 'use_dpop_nonce';
        return {
          status: 401,
          headers: { 'www-authenticate': `DPoP error="${error}"`, 'dpop-nonce': `n${attempts}` },
        };
      };
      expect(await rejection(orders.get('/orders'))).toMatchObject({ status: 401 });
      expect(attempts).toBe(3);
    });

    it('are not heeded where they cannot stand in a proof', async () => {
      api.respond = () => ({
        status: 401,
        headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'a "b"' },
      });
      const orders = await startOrders();
      expect(await rejection(orders.get('/orders'))).toMatchObject({ status: 401 });
      expect(api.requests).toHaveLength(1);
    });

    it('are no reason to send a stream again', async () => {
      nonce = 'nonce-1';
      const orders = await startOrders();
      const body = Readable.from(['book'], { objectMode: false });
      expect(await rejection(orders.put('/orders', body))).toMatchObject({ status: 401 });
      expect(api.requests.map((request) => request.body)).toEqual(['book']);
      // But the next call has it.
      await orders.put('/orders', Readable.from(['book'], { objectMode: false }));
      expect(noncesSeen()).toEqual([undefined, 'nonce-1']);
    });

    it('of the authorization server are answered as well, and remembered', async () => {
      nonceRequired = true;
      const clients = await start({}, { dpop: { algorithm: 'ES256' } });
      const token = await clients.tokens.getToken('orders');
      expect(authorization.tokenExchanges.map(({ status }) => status)).toEqual([400, 200]);
      expect(authorization.tokenExchanges[0]?.body['error']).toBe('use_dpop_nonce');
      await clients.tokens.getToken('orders', { force: true });
      expect(authorization.requests.token).toBe(3);
      await clients.axios('orders').get('/orders');
      // Nonces of the one are none of the other's business.
      expect(noncesSeen()).toEqual([undefined]);
      expect(token.tokenType).toBe('DPoP');
    });

    it('of the authorization server come with an assertion of its own for each attempt', async () => {
      const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
      // That of Jest makes objects of another realm, which oidc-provider takes for no JWKs.
      jest
        .spyOn(globalThis, 'structuredClone')
        .mockImplementation((value: unknown) => JSON.parse(JSON.stringify(value)) as unknown);
      const server = await AuthorizationServer.start({
        clients: [
          {
            client_id: 'signer',
            scope: 'orders.read',
            token_endpoint_auth_method: 'private_key_jwt',
            token_endpoint_auth_signing_alg: 'ES256',
            jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] },
          },
        ],
        configuration: {
          features: {
            dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
          },
        },
      });
      jest.restoreAllMocks();
      const clients = await start(
        {},
        {
          issuer: server.issuer,
          clientId: 'signer',
          clientSecret: undefined,
          clientAuthentication: { method: 'private_key_jwt', key: await exportJWK(privateKey) },
        },
      );
      // A server that takes no assertion twice says so if it is sent one.
      expect((await clients.tokens.getToken('orders')).tokenType).toBe('DPoP');
      expect(server.tokenExchanges.map(({ status }) => status)).toEqual([400, 200]);
      await clients.axios('orders').get('/orders');
      expect(proofs).toHaveLength(1);
      await server.stop();
    });

    it('of the authorization server do not go on for ever', async () => {
      authorization.intercept = (kind, _request, response) => {
        if (kind !== 'token') return false;
        response.writeHead(400, { 'content-type': 'application/json', 'dpop-nonce': 'again' });
        response.end('{"error":"use_dpop_nonce"}');
        return true;
      };
      const clients = await start({}, { backchannel: { retries: 0 } });
      const error = await rejection(clients.tokens.getToken('orders'));
      expect(error).toMatchObject({ code: 'token_request_failed', oauthError: 'use_dpop_nonce' });
      expect(authorization.requests.token).toBe(2);
    });
  });

  describe('and their key', () => {
    const jwkFor = async (algorithm: string, options = {}) => {
      const { privateKey } = await generateKeyPair(algorithm, { extractable: true, ...options });
      return exportJWK(privateKey);
    };

    it('is one of this process, whose public half alone is shown', async () => {
      await (await startOrders()).get('/orders');
      expect(Object.keys(proofs[0]?.header.jwk ?? {}).toSorted()).toEqual(['crv', 'kty', 'x', 'y']);
      expect(proofs[0]?.header).toMatchObject({ alg: 'ES256', typ: 'dpop+jwt' });
    });

    it.each(['ES256', 'ES384', 'ES512', 'EdDSA', 'PS256', 'RS256'] as const)(
      'can be a JWK for %s',
      async (algorithm) => {
        const key = await jwkFor(algorithm);
        const extras = { ext: true, use: 'sig', kid: 'mine', key_ops: ['sign'] };
        const orders = await startOrders({ dpop: { algorithm, key: { ...key, ...extras } } });
        await orders.get('/orders');
        const { jwk = {}, alg } = proofs[0]?.header ?? {};
        expect(alg).toBe(algorithm);
        for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'kid']) {
          expect(jwk).not.toHaveProperty(member);
        }
        const { kty, crv, x, y, n, e } = key;
        expect(jwk).toEqual(JSON.parse(JSON.stringify({ kty, crv, x, y, n, e })));
      },
    );

    it('has the algorithm that the JWK says', async () => {
      const key = { ...(await jwkFor('PS256')), alg: 'PS256' };
      await (await startOrders({ dpop: { key } })).get('/orders');
      expect(proofs[0]?.header.alg).toBe('PS256');
    });

    it.each(['ES384', 'EdDSA', 'PS256'] as const)('is made for %s', async (algorithm) => {
      await (await startOrders({ dpop: { algorithm } })).get('/orders');
      expect(proofs[0]?.header.alg).toBe(algorithm);
    });

    it('tells tokens apart: clients with the same key share one, others do not', async () => {
      const key = await jwkFor('ES256');
      const baseURL = api.origin;
      const clients = await start(
        {},
        {
          clients: {
            a: { baseURL, dpop: { key: { ...key } } },
            b: { baseURL, dpop: { key: { ...key } } },
            c: { baseURL, dpop: { key: await jwkFor('ES256') } },
            d: { baseURL, dpop: true },
            e: { baseURL, dpop: false },
          },
        },
      );
      const tokens = [];
      for (const name of 'abcde') {
        tokens.push((await clients.tokens.getToken(name)).accessToken);
      }
      expect(new Set(tokens).size).toBe(4);
      expect(tokens[0]).toBe(tokens[1]);
      expect(authorization.requests.token).toBe(4);
    });

    it('is shown by nothing', async () => {
      const key = await jwkFor('ES256');
      const clients = await start({ dpop: { key } });
      await clients.axios('orders').get('/orders');
      const token = await clients.tokens.getToken('orders');
      expectNoSecret([token, clients.axios('orders').defaults, clients.logs.lines], String(key.d));
    });

    const faults: [string, () => unknown, RegExp][] = [
      ['no JWK', () => ({ key: 'PEM' }), /dpop\.key: not a private key as a JWK/],
      [
        'a public key',
        async () => ({ key: { ...(await jwkFor('ES256')), d: undefined } }),
        /dpop\.key: not a private key as a JWK/,
      ],
      ['a secret', () => ({ key: { kty: 'oct', k: 'c2VjcmV0' } }), /dpop\.key: not a private key/],
      [
        'halves of two keys',
        async () => ({
          key: { ...(await jwkFor('ES256')), d: (await jwkFor('ES256')).d },
        }),
        /dpop\.key: not a private key as a JWK/,
      ],
      [
        'a key that does not fit the algorithm',
        async () => ({ key: await jwkFor('ES256'), algorithm: 'PS256' }),
        /dpop\.algorithm: does not fit the key\. Use ES256\./,
      ],
      [
        'a key that does not fit the default',
        async () => ({ key: await jwkFor('RS256') }),
        /dpop\.algorithm: does not fit the key\. Use PS256 or RS256\./,
      ],
      ['an unknown algorithm', () => ({ algorithm: 'HS256' }), /dpop\.algorithm: unknown/],
      ['claims that are no function', () => ({ claims: {} }), /dpop\.claims: not a function/],
      ['a misspelt option', () => ({ algorithms: 'ES256' }), /Did you mean 'algorithm'\?/],
      ['text', () => 'true', /dpop: neither a boolean nor an object/],
    ];
    it.each(faults)('is refused at start: %s', async (_case, make, message) => {
      const dpop = (await make()) as DPoPOptions;
      const error = await rejection(start({}, { dpop }));
      expect(error).toMatchObject({
        code: 'invalid_configuration',
        message: expect.stringMatching(message) as unknown,
      });
      for (const secret of [dpop.key?.d, dpop.key?.k]) {
        if (secret) expect(everyFormOf(error)).not.toContain(secret);
      }
    });
  });

  describe('and claims of the application', () => {
    it('are in the proof, but in the place of none that the RFC names', async () => {
      const asked: unknown[] = [];
      const orders = await startOrders({
        dpop: {
          claims: (context) => {
            asked.push(context);
            return { region: 'eu', jti: 'x', htm: 'x', htu: 'x', iat: 1, ath: 'x', nonce: 'x' };
          },
        },
      });
      await orders.get('/orders?a=1');
      expect(proofs[0]?.claims).toMatchObject({
        region: 'eu',
        iat: Math.floor(clock.now() / 1000),
      });
      expect(proofs[0]?.claims).not.toHaveProperty('nonce');
      expect(asked).toEqual([{ method: 'GET', url: `${api.origin}/v1/orders` }]);
    });

    it.each([
      [
        'throws',
        () => {
          throw new Error('with a secret');
        },
      ],
      ['promises', () => Promise.resolve({}) as never],
      ['gives a list', () => [] as never],
      ['gives what is no JSON', () => ({ a: () => 1 })],
    ])(
      'are no way around the proof: where their function %s, nothing is sent',
      async (_case, claims) => {
        const orders = await startOrders({ dpop: { claims } });
        const error = await rejection(orders.get('/orders'));
        expect(error).toMatchObject({ code: 'dpop_proof_failed', client: 'orders' });
        expect(isAxiosError(error)).toBe(false);
        expectNoSecret(error, 'with a secret');
        expect(api.requests).toHaveLength(0);
      },
    );
  });

  describe('are never less than that', () => {
    it('where the server gives out a Bearer token', async () => {
      const server = await RecordingServer.start(() => ({
        body: { access_token: 'token', token_type: 'Bearer', expires_in: 60 },
      }));
      const clients = await start({}, { issuer: undefined, tokenEndpoint: server.origin });
      const error = await rejection(clients.axios('orders').get('/orders'));
      expect(error).toMatchObject({
        code: 'token_endpoint_unavailable',
        reason: expect.stringContaining('token_type other than DPoP') as unknown,
      });
      expect(api.requests).toHaveLength(0);
      await server.stop();
    });

    it('where the API wants Bearer tokens', async () => {
      api.respond = () => ({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
      const orders = await startOrders();
      expect(await rejection(orders.get('/orders'))).toMatchObject({ status: 401 });
      for (const { headers } of api.requests) expect(headers.authorization).toMatch(/^DPoP /);
    });

    it('where a call brings a proof of its own', async () => {
      await (await startOrders()).get('/orders', { headers: { dpop: 'mine' } });
      expect(proofs).toHaveLength(1);
    });
  });

  it('do not follow redirects, whatever a call says', async () => {
    api.respond = () => ({ status: 307, headers: { location: `${api.origin}/new` } });
    const orders = await startOrders();
    expect(await rejection(orders.get('/old', { maxRedirects: 5 }))).toMatchObject({ status: 307 });
    expect(api.requests).toHaveLength(1);
  });

  it('are refused at start together with redirects', async () => {
    expect(await rejection(start({ maxRedirects: 3 }))).toMatchObject({
      message: expect.stringContaining(
        'clients.orders.maxRedirects: cannot be followed with tokens bound to a key (dpop).',
      ) as unknown,
    });
    expect(await start({ maxRedirects: 0 })).toBeDefined();
    expect(await start({ maxRedirects: 3, dpop: false })).toBeDefined();
  });
});
