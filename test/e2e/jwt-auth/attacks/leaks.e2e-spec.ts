import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import { type AccessToken, InvalidTokenError, TokenVerifier } from 'nestjs-access-tokens';
import type { RunningApp } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import { forgeSigned, goodClaims } from '../../../support/forge.js';
import { answering, status } from '../../../support/hostile-answers.js';
import { startProtectedApi } from '../../../support/protected-api.js';

/** Keeps every line of every level, as Nest hands it out. */
class AllLogs implements LoggerService {
  readonly lines: string[] = [];
  private readonly add = (...message: unknown[]): void => {
    const texts = message.map((part) => (typeof part === 'string' ? part : inspect(part)));
    this.lines.push(texts.join(' '));
  };
  readonly log = this.add;
  readonly error = this.add;
  readonly warn = this.add;
  readonly debug = this.add;
  readonly verbose = this.add;
  readonly fatal = this.add;
}

/** What of a token must be seen nowhere: its signature makes it worth stealing. */
const secretOf = (token: string): string => token.slice(token.lastIndexOf('.') + 1);

describe('a token that has been taken', () => {
  let server: AuthorizationServer;
  let api: RunningApp;
  let raw: string;
  let token: AccessToken;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    api = await startProtectedApi({ issuer: server.issuer });
    const claims = JSON.stringify({
      ...goodClaims(server.issuer),
      scope: 'read',
      nested: { list: [{ a: 1 }] },
    }).replace(/}$/, ',"__proto__":{"scope":"admin","polluted":true}}');
    const header = { alg: 'RS256', kid: server.signingKey.kid };
    raw = forgeSigned(header, claims, server.signingKey);
    token = await api.app.get(TokenVerifier).verify(raw);
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  it('can be had where somebody asks for it by name', () => {
    expect(token.raw).toBe(raw);
  });

  it('is in nothing that is printed, copied or sent on', () => {
    const shown = [
      JSON.stringify(token),
      JSON.stringify({ request: { user: token } }),
      inspect(token),
      inspect(token, { depth: null, showHidden: true }),
      inspect(token, { depth: null, getters: true }),
      inspect({ user: [token] }, { depth: null, showHidden: true }),
      JSON.stringify({ ...token }),
      JSON.stringify(structuredClone(Object.assign({}, token))),
      JSON.stringify(Object.entries(token)),
      String(token),
      inspect(new Map([[token, token]]), { depth: null, showHidden: true }),
    ];
    for (const text of shown) expect(text).not.toContain(secretOf(raw));
    expect(Object.keys(token)).not.toContain('raw');
    expect(Object.getOwnPropertyNames(token)).not.toContain('raw');
  });

  it('is not in the answer of a handler that returns it', async () => {
    const { status: code, body } = await api.get('/token', raw);
    expect(code).toBe(200);
    expect(JSON.stringify(body)).not.toContain(secretOf(raw));
    expect(body).toMatchObject({ subject: 'alice', scopes: ['read'] });
  });

  it('cannot be changed: neither it, nor its claims, all the way down', () => {
    const nested = token.claims['nested'] as { list: { a: number }[] };
    for (const value of [token, token.claims, token.audience, nested, nested.list, nested.list[0]])
      expect(Object.isFrozen(value)).toBe(true);
    expect(() => Object.assign(token.claims, { scope: 'admin' })).toThrow(TypeError);
    expect(() => Object.assign(token, { subject: 'root' })).toThrow(TypeError);
    expect(() => nested.list.push({ a: 2 })).toThrow(TypeError);
    token.expiresAt.setFullYear(3000);
    expect(token.expiresAt.getFullYear()).toBeLessThan(3000);
  });

  it('has claims without a prototype, in which __proto__ is a claim like any other', () => {
    expect(Object.getPrototypeOf(token.claims)).toBeNull();
    expect(token.claims['toString']).toBeUndefined();
    expect(token.claims['constructor']).toBeUndefined();
    expect(Object.hasOwn(token.claims, '__proto__')).toBe(true);
    expect('polluted' in {}).toBe(false);
    expect([...token.scopes]).toEqual(['read']);
  });
});

describe('a token that has been refused', () => {
  let server: AuthorizationServer;
  let api: RunningApp;
  const logs = new AllLogs();

  const tokens = (): Record<string, string> => {
    const sign = (claims: object, header: object = {}): string =>
      forgeSigned(
        { alg: 'RS256', kid: server.signingKey.kid, ...header },
        { ...goodClaims(server.issuer), ...claims },
        server.signingKey,
      );
    return {
      expired: sign({ exp: 1 }),
      issuer: sign({ iss: 'https://evil.example.com' }),
      audience: sign({ aud: 'https://other.example.com' }),
      kind: sign({ at_hash: 'a' }),
      binding: sign({ cnf: { jkt: 'a' } }),
      claims: sign({ exp: 'never' }),
      algorithm: sign({}, { alg: 'HS256' }),
      key: sign({}, { kid: 'unknown' }),
      signature: sign({ sub: 'root' }).replace(/[^.]*$/, secretOf(sign({}))),
      malformed: `${sign({})}.${secretOf(sign({}))}`,
    };
  };

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    api = await startProtectedApi({ issuer: server.issuer, logger: logs });
  });

  beforeEach(() => {
    logs.lines.length = 0;
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  it('is named in the log by its digest and the reason, never by itself', async () => {
    for (const [reason, token] of Object.entries(tokens())) {
      logs.lines.length = 0;
      expect((await api.get('/', token)).status).toBe(401);
      const log = logs.lines.join('\n');
      expect(log).toContain('Refused token');
      expect(log).toContain(`${reason}:`);
      if (reason !== 'malformed')
        expect(log).toMatch(/Refused token [\da-f]{12} of "http[^"]+", kid \S+: /);
      for (const part of token.split('.')) if (part.length > 20) expect(log).not.toContain(part);
    }
  });

  it('is not in the log of a request that is malformed or lacks a scope either', async () => {
    const token = await server.sign();
    expect((await api.get('/read', token)).status).toBe(403);
    expect((await api.get('/', undefined, { authorization: `Bearer ${token} x` })).status).toBe(
      400,
    );
    expect(logs.lines.join('\n')).not.toContain(secretOf(token));
  });

  it('is not in the error, however it is printed', async () => {
    for (const token of Object.values(tokens())) {
      const error: unknown = await api.app
        .get(TokenVerifier)
        .verify(token)
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvalidTokenError);
      const shown = inspect(error, { depth: null, showHidden: true }) + JSON.stringify(error);
      expect(shown).not.toContain(secretOf(token));
      expect((error as Error).cause).toBeUndefined();
    }
  });

  it('is not in the log while the keys cannot be had', async () => {
    server.intercept = answering({ discovery: status(500), jwks: status(500) });
    const cold = await startProtectedApi({ issuer: server.issuer, logger: logs });
    const token = await server.sign();
    expect((await cold.get('/', token)).status).toBe(503);
    await cold.close();
    server.clear();
    expect(logs.lines.join('\n')).toContain('cannot be had');
    expect(logs.lines.join('\n')).not.toContain(secretOf(token));
  });

  it('cannot write lines of its own into the log', async () => {
    const line = 'x\r\n[Nest] 1 - LOG Root logged in\u001b[2J\u0000\t';
    const good = goodClaims(server.issuer);
    const forgeries: [object, object][] = [
      [{ alg: line }, good],
      [{ alg: 'a'.repeat(9_000) }, good],
      [{ alg: 'RS256', kid: line }, good],
      [{ alg: 'RS256', typ: line }, good],
      [{ alg: 'RS256' }, { ...good, iss: line }],
      [{ alg: 'RS256' }, { ...good, iss: [line, 'i'.repeat(9_000)] }],
      [{ alg: 'RS256' }, { ...good, aud: line }],
      [{ alg: 'RS256' }, { ...good, typ: line }],
      [{ alg: 'RS256', [line]: line, crit: [line] }, good],
    ];
    for (const [header, claims] of forgeries)
      await api.get('/', forgeSigned(header, claims, server.signingKey, 'RS256'));
    expect(logs.lines.length).toBeGreaterThanOrEqual(forgeries.length - 1);
    for (const written of logs.lines) {
      expect(written).not.toMatch(/\p{Cc}/u);
      expect(written.length).toBeLessThan(600);
    }
  });
});
