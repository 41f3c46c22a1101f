import { decodeJwt, decodeProtectedHeader } from 'jose';
import { createSigningKey } from '../../sample/src/identity-server/signing-key.js';
import { AuthorizationServer } from '../support/authorization-server.js';
import { signIn } from '../support/sign-in.js';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const API = 'https://api.example.com';
const ORDERS = 'https://orders.example.com';

describe('token exchange at the identity server of the sample', () => {
  let server: AuthorizationServer;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });
  afterAll(() => server.stop());

  async function post(
    parameters: Record<string, string> | [string, string][],
    credentials = 'api:api-secret',
    headers = {},
  ): Promise<{ status: number; body: Record<string, string> }> {
    const response = await fetch(`${server.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(credentials)}`, ...headers },
      body: new URLSearchParams(parameters),
    });
    return { status: response.status, body: await response.json() };
  }

  const exchange = (token: string, more: Record<string, string> = {}, credentials?: string) =>
    post(
      { grant_type: EXCHANGE, subject_token: token, subject_token_type: ACCESS_TOKEN, ...more },
      credentials,
    );

  const onBehalfOf = (assertion: string, more: Record<string, string> = {}) =>
    post({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion,
      requested_token_use: 'on_behalf_of',
      ...more,
    });

  const tokenOfApi = async () =>
    (await post({ grant_type: 'client_credentials' })).body['access_token'] ?? '';

  it('gives the API a token of the same user for the next API', async () => {
    const { accessToken } = await signIn(server);
    const { status, body } = await exchange(accessToken, {
      audience: ORDERS,
      scope: 'orders.read',
    });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { issued_token_type: ACCESS_TOKEN, token_type: 'Bearer', scope: 'orders.read' },
    });
    expect(body).not.toHaveProperty('refresh_token');
    const token = body['access_token'] ?? '';
    expect(decodeProtectedHeader(token).typ).toBe('at+jwt');
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({
      iss: server.issuer,
      aud: ORDERS,
      sub: 'alice',
      client_id: 'api',
      scope: 'orders.read',
    });
    expect(claims).not.toHaveProperty('act');
  });

  it.each([
    ['resource', { resource: ORDERS }],
    ['scopes', { scope: 'orders.read orders.write' }],
    ['client', {}],
  ])('knows the next API by the %s', async (_by, more) => {
    const { body } = await exchange(await server.sign({ sub: 'bob' }), more);
    expect(decodeJwt(body['access_token'] ?? '')).toMatchObject({
      aud: ORDERS,
      sub: 'bob',
      scope: 'orders.read orders.write',
    });
  });

  it('takes the form of Microsoft Entra', async () => {
    const { status, body } = await onBehalfOf(await server.sign({ sub: 'alice' }), {
      scope: 'orders.write',
    });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('issued_token_type');
    expect(decodeJwt(body['access_token'] ?? '')).toMatchObject({
      aud: ORDERS,
      sub: 'alice',
      scope: 'orders.write',
    });
  });

  it('says who acts for the user, and who did so before', async () => {
    const subject = await server.sign({ sub: 'alice', act: { sub: 'portal' } });
    const actor = { actor_token: await tokenOfApi(), actor_token_type: ACCESS_TOKEN };
    const { body } = await exchange(subject, actor);
    expect(decodeJwt(body['access_token'] ?? '')['act']).toEqual({
      sub: 'api',
      act: { sub: 'portal' },
    });
    const { body: alone } = await exchange(subject);
    expect(decodeJwt(alone['access_token'] ?? '')['act']).toEqual({ sub: 'portal' });
  });

  it('makes no token that outlives the one it is exchanged for', async () => {
    const exp = Math.floor(Date.now() / 1000) + 40;
    const { body } = await exchange(await server.sign({ sub: 'alice', exp }));
    expect(Number(body['expires_in'])).toBeLessThanOrEqual(40);
    expect(Number(body['expires_in'])).toBeGreaterThan(30);
    expect(decodeJwt(body['access_token'] ?? '').exp).toBeLessThanOrEqual(exp);
  });

  describe('refuses', () => {
    const seconds = () => Math.floor(Date.now() / 1000);
    const wrong: [string, () => Promise<string>][] = [
      ['text', async () => 'not a token'],
      ['an expired token', () => server.sign({ sub: 'alice', exp: seconds() - 1 })],
      ['a token that is not good yet', () => server.sign({ sub: 'alice', nbf: seconds() + 60 })],
      ['a token for another API', () => server.sign({ sub: 'alice', aud: ORDERS })],
      ['a token of another issuer', () => server.sign({ sub: 'alice', iss: 'http://127.0.0.1:1' })],
      ['a token of nobody we know', () => server.sign({ sub: 'mallory' })],
      ['a token without an end', () => server.sign({ sub: 'alice', exp: undefined })],
      ['an ID token', async () => (await signIn(server)).idToken],
      ['a token of another kind', () => server.sign({ sub: 'alice' }, { typ: 'JWT' })],
      [
        'a token signed by another key',
        async () => {
          const { kid: _, ...key } = await createSigningKey();
          return server.sign({ sub: 'alice' }, { kid: server.signingKey.kid }, key);
        },
      ],
      ['a refresh token', async () => (await signIn(server)).refreshToken],
    ];

    it.each(wrong)('%s', async (_case, token) => {
      expect(await exchange(await token())).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' },
      });
      expect(await onBehalfOf(await token())).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    });

    it.each([
      ['an unknown API', { audience: 'https://x.example' }, 'invalid_target'],
      ['two APIs', { audience: ORDERS, resource: API }, 'invalid_target'],
      ['more than the client may have', { scope: 'reports.write' }, 'invalid_scope'],
      ['a scope of another API', { audience: API, scope: 'orders.read' }, 'invalid_scope'],
      ['another type of token', { subject_token_type: 'urn:x' }, 'invalid_request'],
      ['another type of answer', { requested_token_type: 'urn:x' }, 'invalid_request'],
      ['the type of an actor alone', { actor_token_type: ACCESS_TOKEN }, 'invalid_request'],
      ['an actor without a type', { actor_token: 'x' }, 'invalid_request'],
      [
        'an actor that is none',
        { actor_token: 'x', actor_token_type: ACCESS_TOKEN },
        'invalid_request',
      ],
    ])('%s', async (_case, more, error) => {
      const answer = await exchange(await server.sign({ sub: 'alice' }), more);
      expect(answer).toMatchObject({ status: 400, body: { error } });
    });

    it('an actor token of another client', async () => {
      const more = {
        actor_token: await server.sign({ sub: 'gateway', client_id: 'gateway' }),
        actor_token_type: ACCESS_TOKEN,
      };
      expect(await exchange(await server.sign({ sub: 'alice' }), more)).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' },
      });
    });

    it.each(['client:secret', 'web:web-secret'])('a client that is no API: %s', async (who) => {
      const answer = await exchange(await server.sign({ sub: 'alice' }), {}, who);
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    });

    it('a request without a token, and other assertions than on behalf of', async () => {
      expect(await post({ grant_type: EXCHANGE })).toMatchObject({ status: 400 });
      const token = await server.sign({ sub: 'alice' });
      expect(await onBehalfOf(token, { requested_token_use: 'other' })).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' },
      });
    });

    it('a proof of possession, rather than leave the token unbound in silence', async () => {
      const parameters = {
        grant_type: EXCHANGE,
        subject_token: await server.sign({ sub: 'alice' }),
        subject_token_type: ACCESS_TOKEN,
      };
      const answer = await post(parameters, undefined, { dpop: 'a.b.c' });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    });
  });
});
