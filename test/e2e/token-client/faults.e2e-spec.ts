import {
  AccessTokenError,
  NoTokenError,
  TokenEndpointUnavailableError,
  TokenRequestError,
  type TokenClientModuleOptions,
} from 'nestjs-access-tokens';
import { AuthorizationServer } from '../../support/authorization-server.js';
import {
  RecordingServer,
  tokenEndpoint,
  type Answer,
  type Responder,
} from '../../support/recording-server.js';
import { everyFormOf } from '../../support/every-form.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

const SECRET = "Fj7! s3cr-t_+/ü~*'(.)";
const good = { access_token: 'good-token', token_type: 'Bearer', expires_in: 60 };

describe('a token request that fails', () => {
  let server: RecordingServer;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    server.requests.length = 0;
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  const start = (more: Partial<TokenClientModuleOptions> = {}) =>
    TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'gateway',
      clientSecret: SECRET,
      clients: { orders: { baseURL: 'https://orders.example' } },
      ...more,
    });

  /** The error for an answer. Nothing of the secret or of a token is in it, whatever it is. */
  async function failureWith(
    respond: Responder,
    more: Partial<TokenClientModuleOptions> = {},
  ): Promise<unknown> {
    server.respond = respond;
    const clients = await start(more);
    const error = await rejection(clients.tokens.getToken('orders'));
    expect(error).toBeInstanceOf(AccessTokenError);
    expect(error).toBeInstanceOf(NoTokenError);
    expectNoSecret([error, clients.logs], SECRET, 'good-token', encodeURIComponent(SECRET));
    expect((error as Error).cause).toBeUndefined();
    return error;
  }

  describe('because the authorization server refuses', () => {
    it.each([
      [
        'invalid_client',
        401,
        "Check clientId and the secret, key or certificate of client 'orders'",
      ],
      ['invalid_scope', 400, "Check scope of client 'orders'"],
      ['invalid_target', 400, "Check resource and audience of client 'orders'"],
      ['unauthorized_client', 400, 'Allow the grant type client_credentials'],
      ['unsupported_grant_type', 400, 'Allow the grant type client_credentials'],
      ['invalid_request', 400, 'Check scope, resource, audience and parameters'],
      ['something_else', 403, 'the log of the authorization server may say more'],
    ])('says %s, and what to do about it', async (oauthError, status, advice) => {
      const error = await failureWith(() => ({
        status,
        body: { error: oauthError, error_description: 'no way' },
      }));
      expect(error).toBeInstanceOf(TokenRequestError);
      expect(error).toMatchObject({
        name: 'TokenRequestError',
        code: 'token_request_failed',
        client: 'orders',
        endpoint: `${server.origin}/token`,
        status,
        oauthError,
        oauthErrorDescription: 'no way',
        message: expect.stringContaining(advice) as string,
      });
      expect(String(error)).toContain(
        `Client 'orders' got no access token: ${server.origin}/token answered ${status} ${oauthError} ("no way").`,
      );
    });

    it.each<[string, Answer]>([
      ['with status 200', { body: { error: 'invalid_client' } }],
      [
        'with a challenge',
        {
          status: 401,
          headers: { 'www-authenticate': 'Basic realm="x"' },
          body: { error: 'invalid_client' },
        },
      ],
      [
        'with a wrong content type',
        {
          status: 400,
          headers: { 'content-type': 'text/html' },
          body: '{"error":"invalid_client"}',
        },
      ],
      ['with a token beside the error', { body: { ...good, error: 'invalid_client' } }],
      [
        'with a description that is no text',
        { status: 400, body: { error: 'invalid_client', error_description: {} } },
      ],
    ])('is understood %s', async (_case, answer) => {
      expect(await failureWith(() => answer)).toMatchObject({
        code: 'token_request_failed',
        oauthError: 'invalid_client',
        oauthErrorDescription: undefined,
      });
    });

    it('shows a description as one short line of plain text', async () => {
      const error_description = `no\r\nway\u001b[31m \u202eedoc\u2028${'x'.repeat(1000)}`;
      const error = await failureWith(() => ({
        status: 400,
        body: { error: 'a\nb', error_description },
      }));
      expect(error).toMatchObject({
        oauthError: 'a b',
        oauthErrorDescription: `${`no way[31m edoc ${'x'.repeat(1000)}`.slice(0, 300)}…`,
      });
    });

    it.each<[string, (secret: string) => string]>([
      ['as it is', (secret) => secret],
      ['encoded as in a form', (secret) => new URLSearchParams({ s: secret }).toString().slice(2)],
      ['encoded as in a URL', encodeURIComponent],
      ['in base64', (secret) => Buffer.from(secret).toString('base64')],
      ['as Basic credentials', (secret) => Buffer.from(`gateway:${secret}`).toString('base64')],
      ['with invisible characters in between', (secret) => secret.split('').join('\u200b')],
    ])('never shows the secret that a server repeats %s', async (_case, spelt) => {
      const repeated = spelt(SECRET);
      const error = await failureWith(() => ({
        status: 401,
        body: { error: `bad ${repeated}`, error_description: `wrong secret: ${repeated}!` },
      }));
      expectNoSecret(error, repeated);
      expect(error).toMatchObject({
        oauthError: 'bad [redacted]',
        oauthErrorDescription: 'wrong secret: [redacted]!',
      });
    });

    it('never shows the credentials that it was really sent', async () => {
      for (const clientAuthentication of ['client_secret_basic', 'client_secret_post'] as const) {
        const sent: string[] = [];
        const error = await failureWith(
          ({ headers, body }) => {
            sent.push(
              headers.authorization?.slice(6) ??
                new URLSearchParams(body).get('client_secret') ??
                '',
            );
            return {
              status: 401,
              body: { error: 'invalid_client', error_description: sent.join() },
            };
          },
          { clientAuthentication },
        );
        expect(sent[0]?.length).toBeGreaterThan(10);
        expectNoSecret(error, ...sent);
      }
    });
  });

  describe('because the answer cannot be used', () => {
    const cases: [string, Answer, string][] = [
      [
        'HTML',
        { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<h1>Welcome</h1>' },
        'did not answer with a JSON object but with text/html; is it the token endpoint?',
      ],
      ['nothing', { body: '' }, 'did not answer with a JSON object but with application/json'],
      ['a JSON list', { body: [good] }, 'did not answer with a JSON object'],
      ['a JSON string', { body: '"good-token"' }, 'did not answer with a JSON object'],
      ['null', { body: 'null' }, 'did not answer with a JSON object'],
      [
        'a strange content type',
        { headers: { 'content-type': 'x y\u0080z' }, body: '' },
        'but with something else',
      ],
      [
        'broken JSON',
        { body: '{"access_token": "good-token"' },
        'did not answer with a JSON object',
      ],
      ['an empty object', { body: {} }, 'answered without an access_token'],
      [
        'a token that is no string',
        { body: { ...good, access_token: 1 } },
        'without an access_token',
      ],
      ['an empty token', { body: { ...good, access_token: '' } }, 'without an access_token'],
      [
        'a token with a line break',
        { body: { ...good, access_token: 'good-token\r\nx-injected: yes' } },
        'answered with an access_token that cannot be sent in a header',
      ],
      [
        'a token with a space',
        { body: { ...good, access_token: 'good-token x' } },
        'cannot be sent in a header',
      ],
      [
        'a token with umlauts',
        { body: { ...good, access_token: 'good-tökén' } },
        'cannot be sent in a header',
      ],
      [
        'a token type that is no text',
        { body: { ...good, token_type: 5 } },
        'a token_type other than Bearer',
      ],
      [
        'another token type',
        { body: { ...good, token_type: 'DPoP' } },
        'a token_type other than Bearer',
      ],
      [
        'a token type of nobody',
        { body: { ...good, token_type: 'good-token' } },
        'other than Bearer',
      ],
      ['404', { status: 404, body: 'nothing here' }, 'answered 404; is it the token endpoint?'],
      ['405', { status: 405 }, 'answered 405; is it the token endpoint?'],
      ['400 without an OAuth error', { status: 400, body: 'no' }, 'answered 400'],
      ['201 without a token', { status: 201, body: { token_type: 'Bearer' } }, 'answered 201'],
      ['204', { status: 204 }, 'answered 204'],
      ['429', { status: 429, body: { error: 'slow_down' } }, 'answered 429, too many requests'],
      ['500', { status: 500, body: { error: 'server_error' } }, 'answered 500'],
      ['503', { status: 503, body: 'down' }, 'answered 503'],
    ];

    it.each(cases)('%s', async (_case, answer, reason) => {
      const error = await failureWith((_request, response) => {
        if (answer.status !== 204) return answer;
        response.writeHead(204).end();
        return undefined;
      });
      expect(error).toBeInstanceOf(TokenEndpointUnavailableError);
      expect(error).toMatchObject({
        name: 'TokenEndpointUnavailableError',
        code: 'token_endpoint_unavailable',
        client: 'orders',
        endpoint: `${server.origin}/token`,
        reason: expect.stringContaining(reason) as string,
        status: answer.status ?? 200,
      });
      expect(String(error)).toContain(
        `Client 'orders' got no access token: ${server.origin}/token `,
      );
    });

    it('a redirect, which is not followed', async () => {
      const other = await RecordingServer.start(tokenEndpoint());
      for (const status of [301, 302, 303, 307, 308]) {
        const error = await failureWith(() => ({
          status,
          headers: { location: `${other.origin}/token` },
        }));
        expect(error).toMatchObject({
          code: 'token_endpoint_unavailable',
          reason: `${server.origin}/token answered with a redirect (${status}), which is not followed`,
        });
      }
      expect(other.requests).toHaveLength(0);
      await other.stop();
    });

    it('one that is larger than a megabyte, however it is said', async () => {
      const large = { ...good, padding: 'x'.repeat(1_000_001) };
      expect(await failureWith(() => ({ body: large }))).toMatchObject({
        reason: `${server.origin}/token answered with more than 1000000 bytes`,
      });
      const endless: Responder = (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      };
      expect(await failureWith(endless)).toMatchObject({
        reason: `${server.origin}/token answered with more than 1000000 bytes`,
      });
    });

    it('one that breaks off', async () => {
      const error = await failureWith((_request, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"access_token":');
        setImmediate(() => response.destroy());
      });
      expect(error).toMatchObject({ code: 'token_endpoint_unavailable' });
    });
  });

  describe('because there is no answer', () => {
    it('within backchannel.timeoutMs', async () => {
      const error = await failureWith(() => undefined, { backchannel: { timeoutMs: 50 } });
      expect(error).toMatchObject({
        code: 'token_endpoint_unavailable',
        endpoint: `${server.origin}/token`,
        status: undefined,
        reason: expect.stringMatching(/50 ms$/) as string,
      });
      expect(everyFormOf(error)).toContain(server.origin);
    });

    it('in full within backchannel.timeoutMs, though it trickles', async () => {
      const trickle: Responder = (_request, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write(' '), 5);
        response.on('close', () => clearInterval(timer));
      };
      const error = await failureWith(trickle, { backchannel: { timeoutMs: 50 } });
      expect(error).toMatchObject({ reason: expect.stringMatching(/50 ms$/) as string });
    });

    it('and the next call recovers', async () => {
      server.respond = () => undefined;
      const { tokens } = await start({ backchannel: { timeoutMs: 1_000 } });
      await rejection(tokens.getToken('orders'));
      server.respond = tokenEndpoint(good);
      expect((await tokens.getToken('orders')).accessToken).toBe('good-token');
    });

    it('as nobody listens', async () => {
      const gone = await RecordingServer.start();
      const { origin } = gone;
      await gone.stop();
      const error = await failureWith(() => undefined, {
        tokenEndpoint: `${origin}/token?key=hidden`,
      });
      expect(error).toMatchObject({
        code: 'token_endpoint_unavailable',
        endpoint: `${origin}/token`,
        message: `Client 'orders' got no access token: ${origin}/token could not be reached: ECONNREFUSED. Is the server running, and its address right? (see: errors#token_endpoint_unavailable)`,
      });
      expectNoSecret(error, 'hidden');
    });

    it('of the issuer within backchannel.timeoutMs', async () => {
      const error = await failureWith(() => undefined, {
        issuer: server.origin,
        tokenEndpoint: undefined,
        backchannel: { timeoutMs: 50 },
      });
      expect(error).toMatchObject({
        endpoint: server.origin,
        code: 'token_endpoint_unavailable',
      });
    });

    it('as the application ends', async () => {
      const asked = new Promise<void>((resolve) => {
        server.respond = () => resolve();
      });
      const { app, tokens } = await start();
      const error = rejection(tokens.getToken('orders'));
      await asked;
      await app.close();
      expect(await error).toMatchObject({
        code: 'token_endpoint_unavailable',
        reason: `${server.origin}/token: the application ends`,
      });
    });
  });

  describe('because the secret cannot be read', () => {
    const failing = (clientSecret: () => Promise<string>, more = {}) =>
      failureWith(() => ({ body: good }), { clientSecret, ...more });

    it('as the function throws, whose error is not repeated', async () => {
      const error = await failing(async () => {
        throw new RangeError(`the vault said ${SECRET}`);
      });
      expect(error).toMatchObject({
        name: 'ClientSecretUnavailableError',
        code: 'client_secret_unavailable',
        client: 'orders',
        reason: 'threw RangeError',
        message:
          "Client 'orders' got no access token: its clientSecret could not be read. The function threw RangeError. (see: errors#client_secret_unavailable)",
      });
    });

    it('as the function throws before it returns a promise', async () => {
      const error = await failing(() => {
        throw 'something' as unknown as Error;
      });
      expect(error).toMatchObject({ reason: 'threw something' });
    });

    it.each([undefined, null, '', 42])('as the function returns %j', async (value) => {
      const error = await failing(async () => value as unknown as string);
      expect(error).toMatchObject({ reason: 'returned no secret' });
    });

    it('as it comes with the line break of its file', async () => {
      const error = await failing(async () => `${SECRET}\n`);
      expect(error).toMatchObject({
        reason: 'returned a line break or another control character with the secret',
      });
    });

    it('as the function never returns', async () => {
      const error = await failing(() => new Promise(() => {}), { backchannel: { timeoutMs: 50 } });
      expect(error).toMatchObject({
        code: 'client_secret_unavailable',
        reason: 'gave no answer within 50 ms',
      });
    });

    it('in time, and then asks nothing in the name of those who were told so', async () => {
      const { promise, resolve } = deferred<string>();
      await failing(() => promise, { backchannel: { timeoutMs: 20 } });
      resolve(SECRET);
      await promise;
      await new Promise(setImmediate);
      expect(server.requests).toHaveLength(0);
    });

    afterEach(() => expect(server.requests).toHaveLength(0));
  });

  it('for a reason that nobody thought of, tells no more than the kind of error', async () => {
    let reads = 0;
    const now = () => {
      reads += 1;
      if (reads === 2) throw new RangeError(SECRET);
      return 0;
    };
    expect(await failureWith(() => ({ body: good }), { clock: { now } })).toMatchObject({
      code: 'token_endpoint_unavailable',
      reason: `the request to ${server.origin}/token failed with RangeError`,
    });
  });

  describe('only seems to fail', () => {
    it.each<[string, Answer]>([
      ['with a token type in another case', { body: { ...good, token_type: 'bEARER' } }],
      ['with a byte order mark', { body: `\ufeff${JSON.stringify(good)}` }],
      [
        'with a wrong content type',
        { headers: { 'content-type': 'text/plain' }, body: JSON.stringify(good) },
      ],
      [
        'with members that are of no use here',
        { body: { ...good, id_token: 'junk', refresh_token: null } },
      ],
      ['with a scope that is null', { body: { ...good, scope: null } }],
      ['with an error that is empty', { body: { ...good, error: '' } }],
    ])('%s', async (_case, answer) => {
      server.respond = () => answer;
      const { tokens } = await start({ scope: 'a b' });
      const token = await tokens.getToken('orders');
      expect(token.accessToken).toBe('good-token');
      expect(token.tokenType).toBe('Bearer');
      expect([...token.scopes]).toEqual(['a', 'b']);
    });

    it.each([
      ['a b', ['a', 'b']],
      ['', []],
      [
        ['c', 'd'],
        ['c', 'd'],
      ],
      ['a b\u0000c \u001b[31m d', ['a', 'd']],
    ])('with the scope %j', async (scope, scopes) => {
      server.respond = () => ({ body: { ...good, scope } });
      const { tokens } = await start({ scope: 'x' });
      expect([...(await tokens.getToken('orders')).scopes]).toEqual(scopes);
    });
  });

  describe('at a real authorization server', () => {
    let real: AuthorizationServer;

    beforeAll(async () => {
      real = await AuthorizationServer.start({
        clients: [{ client_id: 'gateway', client_secret: 'right-secret', scope: 'orders.read' }],
      });
    });

    afterAll(() => real.stop());

    it.each([
      ['a wrong secret', { clientSecret: 'wrong-secret' }, 401, 'invalid_client'],
      ['a wrong client id', { clientId: 'nobody' }, 401, 'invalid_client'],
      ['a scope that is not allowed', { scope: 'orders.write' }, 400, 'invalid_scope'],
      ['an unknown resource', { resource: 'https://nobody.example' }, 400, 'invalid_target'],
    ])('%s: says what it was', async (_case, options, status, oauthError) => {
      const { tokens, logs } = await TokenClients.start({
        issuer: real.issuer,
        clientId: 'gateway',
        clientSecret: 'right-secret',
        clients: { orders: { baseURL: 'https://orders.example' } },
        ...options,
      });
      const error = await rejection(tokens.getToken('orders'));
      expect(error).toMatchObject({
        code: 'token_request_failed',
        client: 'orders',
        endpoint: `${real.issuer}/token`,
        status,
        oauthError,
      });
      expectNoSecret([error, logs], 'right-secret', 'wrong-secret');
    });

    it('that is not running', async () => {
      const stopped = await AuthorizationServer.start();
      const { issuer } = stopped;
      await stopped.stop();
      const { tokens } = await start({ issuer, tokenEndpoint: undefined });
      expect(await rejection(tokens.getToken('orders'))).toMatchObject({
        code: 'token_endpoint_unavailable',
        message: `Client 'orders' got no access token: ${issuer}/.well-known/openid-configuration could not be reached: ECONNREFUSED. Is the server running, and its address right? (see: errors#token_endpoint_unavailable)`,
      });
    });
  });

  it('shows no secret in anything that an application can hold', async () => {
    server.respond = tokenEndpoint(good);
    const clients = await start({ clients: { orders: { baseURL: server.origin } } });
    const token = await clients.tokens.getToken('orders');
    await clients.axios('orders').get('/');
    for (const held of [
      token,
      clients.tokens,
      clients.axios('orders'),
      clients.httpService('orders'),
      clients.logs,
    ]) {
      expectNoSecret(held, SECRET, 'good-token');
    }
  });
});

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
