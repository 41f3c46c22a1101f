import { type Answer, platforms, type RunningApp } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import {
  expectChallenged,
  expectMalformed,
  expectRefused,
  startProtectedApi,
} from '../../../support/protected-api.js';
import { sendRaw } from '../../../support/raw-request.js';

const TWO_HEADERS = 'The request has more than one Authorization header';
const NOT_BEARER = 'An access token is required. Send it as Authorization: Bearer';
const BOUND = 'The access token is bound to a key that was not proven';
const FORM = 'Content-Type: application/x-www-form-urlencoded';

describe.each(platforms)('a request on %s', (platform) => {
  let server: AuthorizationServer;
  let api: RunningApp;
  let good: string;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    api = await startProtectedApi({ platform, issuer: server.issuer });
    good = await server.sign({ sub: 'alice' });
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  const send = (...headers: string[]): Promise<Answer> =>
    sendRaw(
      api.url,
      headers.map((line) => line.replaceAll('GOOD', good)),
    );

  const post = (contentType: string, body: string, ...headers: string[]): Promise<Answer> => {
    const text = body.replaceAll('GOOD', good);
    const lines = [contentType, `Content-Length: ${text.length}`, ...headers];
    return sendRaw(api.url, lines, { request: 'POST / HTTP/1.1', body: text });
  };

  describe('with its token in the Authorization header', () => {
    it.each([
      'Authorization: bearer GOOD',
      'AUTHORIZATION: BEARER GOOD',
      'authorization:Bearer GOOD',
      'Authorization:    Bearer GOOD',
      'Authorization: Bearer   GOOD',
      'Authorization: \t Bearer GOOD \t ',
    ])('gets in: %j', async (line) => {
      expect(await send(line)).toMatchObject({ status: 200, body: { subject: 'alice' } });
    });

    it.each([
      'Authorization: Bearer',
      'Authorization: Bearer  ',
      'Authorization: Bearer\tGOOD',
      'Authorization: Bearer\xa0GOOD',
      'Authorization: Bearer \tGOOD',
      'Authorization: Bearer GOOD trailing junk',
      'Authorization: Bearer GOOD GOOD',
      'Authorization: Bearer GOOD,',
      'Authorization: Bearer GOOD, Bearer GOOD',
      'Authorization: Bearer x, Bearer GOOD',
      'Authorization: Bearer GOOD, Basic YTpi',
      'Authorization: Bearer GOOD;q=1',
      'Authorization: Bearer, GOOD',
      'Authorization: Bearer=GOOD',
      'Authorization: Bearer: GOOD',
      'Authorization: Bearer "GOOD"',
      'Authorization: Bearer token="GOOD"',
      "Authorization: Bearer 'GOOD'",
      'Authorization: Bearer <GOOD>',
      'Authorization: Bearer GOOD\xe9',
      'Authorization: Bearer GOOD%20',
    ])('is malformed: %j', async (line) => {
      expectMalformed(await send(line));
    });

    it.each([
      'Authorization:',
      'Authorization:   ',
      'Authorization: GOOD',
      'Authorization: Basic GOOD',
      'Authorization: DPoP GOOD',
      'Authorization: Token GOOD',
      'Authorization: Bearerx GOOD',
      'Authorization: BearerGOOD',
      'Authorization: Bear er GOOD',
      'Authorization: "Bearer" GOOD',
      'Authorization: Basic YTpi, Bearer GOOD',
      'Authorization: \xa0Bearer GOOD',
      'Authorization: Be\xe4rer GOOD',
      'Authorization: ,Bearer GOOD',
    ])('has brought none: %j', async (line) => {
      expectChallenged(await send(line), NOT_BEARER);
    });

    it.each([
      ['the same twice', ['Authorization: Bearer GOOD', 'Authorization: Bearer GOOD']],
      ['a bad one first', ['Authorization: Bearer x', 'Authorization: Bearer GOOD']],
      ['a bad one last', ['Authorization: Bearer GOOD', 'Authorization: Bearer x']],
      ['another scheme first', ['Authorization: Basic YTpi', 'Authorization: Bearer GOOD']],
      ['another scheme last', ['Authorization: Bearer GOOD', 'Authorization: Basic YTpi']],
      ['another spelling', ['authorization: Bearer GOOD', 'AUTHORIZATION: Bearer GOOD']],
      ['an empty one first', ['Authorization:', 'Authorization: Bearer GOOD']],
      ['something between', ['Authorization: Bearer GOOD', 'X: 1', 'Authorization: Bearer GOOD']],
      ['five', Array<string>(5).fill('Authorization: Bearer GOOD')],
    ])('is malformed when there are two, and the first never wins: %s', async (_, lines) => {
      expectMalformed(await send(...lines), TWO_HEADERS);
    });

    it.each([
      'Authorization: Bearer GOOD\x00',
      'Authorization: Bearer \x0bGOOD',
      'Authorization: Bearer\r\n GOOD',
      'Authorization : Bearer GOOD',
      ' Authorization: Bearer GOOD',
      'Authorization\x00: Bearer GOOD',
      'Authorization: Bearer GOOD\r\nX: \x7f\x00',
    ])('is not even HTTP, which Node finds first: %j', async (line) => {
      expect(await send(line)).toMatchObject({ status: 400, challenge: null });
    });
  });

  describe('with its token anywhere else', () => {
    it.each([
      'Cookie: access_token=GOOD; Authorization=Bearer%20GOOD',
      'X-Forwarded-Authorization: Bearer GOOD',
      'X-Original-Authorization: Bearer GOOD',
      'Proxy-Authorization: Bearer GOOD',
      'X-Authorization: Bearer GOOD',
      'X-Access-Token: GOOD',
      'Authentication: Bearer GOOD',
      'Authorization_: Bearer GOOD',
      'Sec-WebSocket-Protocol: bearer, GOOD',
    ])('has brought none: %s', async (line) => {
      expectChallenged(await send(line));
    });

    it.each([
      'access_token=GOOD',
      'access_token[]=GOOD',
      'access_token=GOOD&access_token=GOOD',
      'access%5Ftoken=GOOD',
      'token=GOOD',
      'authorization=Bearer%20GOOD',
      'headers[authorization]=Bearer%20GOOD',
      '__proto__[authorization]=Bearer%20GOOD',
    ])('has brought none in its query: %s', async (query) => {
      const path = `/?${query.replaceAll('GOOD', good)}`;
      expectChallenged(await api.get(path));
      expectChallenged(await sendRaw(api.url, [], { request: `POST ${path} HTTP/1.1` }));
      expect(await api.get(path, good)).toMatchObject({ status: 200 });
      expectRefused(await api.get(path, 'bad'));
    });

    it.each([
      [FORM, 'access_token=GOOD'],
      [FORM, 'access_token[]=GOOD&access_token[]=GOOD'],
      ['Content-Type: application/json', '{"access_token":"GOOD"}'],
      ['Content-Type: application/json', '{"headers":{"authorization":"Bearer GOOD"}}'],
      ['Content-Type: application/json', '{"__proto__":{"authorization":"Bearer GOOD"}}'],
    ])('has brought none in its body: %s, %s', async (type, body) => {
      // Fastify itself refuses a body with a member __proto__.
      if (platform === 'fastify' && body.includes('__proto__')) {
        expect((await post(type, body)).status).toBe(400);
        return;
      }
      expectChallenged(await post(type, body));
      expectRefused(await post(type, body, 'Authorization: Bearer bad'));
      const both = await post(type, body, `Authorization: Bearer ${good}`);
      expect(both).toMatchObject({ status: 201, body: { subject: 'alice' } });
    });

    it('has brought none in its trailers', async () => {
      const lines = ['Content-Type: application/json', 'Transfer-Encoding: chunked'];
      const body = `2\r\n{}\r\n0\r\nAuthorization: Bearer ${good}\r\n\r\n`;
      const answer = await sendRaw(api.url, [...lines, 'Trailer: Authorization'], {
        request: 'POST / HTTP/1.1',
        body,
      });
      expectChallenged(answer);
    });
  });

  describe('with headers that a proxy would set', () => {
    it.each([
      'X-Forwarded-Host: evil.example.com',
      'X-Forwarded-Proto: javascript',
      'Forwarded: host=evil.example.com',
      'X-Forwarded-Host: a"b',
      'X-Original-URL: /public',
      'X-HTTP-Method-Override: OPTIONS',
    ])('is answered as without: %s', async (line) => {
      expectChallenged(await send(line));
      expectRefused(await send(line, 'Authorization: Bearer bad'));
    });

    it.each([
      'Client-Cert: :MIIB:',
      'X-Forwarded-Client-Cert: Hash=bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2',
      'SSL-Client-Cert: MIIB',
      'X-SSL-Client-Verify: SUCCESS',
      'DPoP: eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.AA',
    ])('has not proven the key that its token is bound to: %s', async (line) => {
      const cnf = { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2', jkt: 'a' };
      const token = await server.sign({ cnf });
      expectRefused(await send(line, `Authorization: Bearer ${token}`), BOUND);
      expectChallenged(await send(line, `Authorization: DPoP ${token}`), NOT_BEARER);
    });
  });
});
