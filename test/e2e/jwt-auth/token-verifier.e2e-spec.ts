import { inspect } from 'node:util';
import { Controller, type ExecutionContext, Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  AccessTokenError,
  InvalidTokenError,
  JwtAuthGuard,
  JwtAuthModule,
  KeysUnavailableError,
  Public,
  RequireScope,
  TokenVerifier,
} from 'nestjs-access-tokens';
import { AuthorizationServer } from '../../support/authorization-server.js';

const audience = 'https://api.example.com';

describe('TokenVerifier, in an application without HTTP', () => {
  let server: AuthorizationServer;
  let verifier: TokenVerifier;
  let guard: JwtAuthGuard;
  let close: () => Promise<void>;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    const module = await Test.createTestingModule({
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience })],
    }).compile();
    await module.init();
    verifier = module.get(TokenVerifier);
    guard = module.get(JwtAuthGuard);
    close = () => module.close();
  });

  afterAll(async () => {
    await close();
    await server.stop();
  });

  it('gives everything that the token says', async () => {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const raw = await server.sign({
      sub: 'alice',
      client_id: 'web',
      scope: 'a b',
      aud: [audience, 'x'],
      exp,
      org: 'é',
    });
    const token = await verifier.verify(raw);
    expect(token).toMatchObject({
      issuer: server.issuer,
      subject: 'alice',
      clientId: 'web',
      audience: [audience, 'x'],
      expiresAt: new Date(exp * 1000),
      raw,
    });
    expect([...token.scopes]).toEqual(['a', 'b']);
    expect(token.claims['org']).toBe('é');
    expect([token.hasScope('a'), token.hasScope('A')]).toEqual([true, false]);
  });

  it.each([['azp'], ['cid'], ['appid']])(
    'finds the client in %s of servers from before RFC 9068',
    async (claim) => {
      const token = await verifier.verify(
        await server.sign({ client_id: undefined, [claim]: 'web' }),
      );
      expect(token.clientId).toBe('web');
    },
  );

  it('gives a token that nobody can change', async () => {
    const token = await verifier.verify(await server.sign({ roles: ['user'] }));
    expect(() => Object.assign(token, { subject: 'root' })).toThrow(TypeError);
    expect(() => Object.assign(token.claims, { scope: 'admin' })).toThrow(TypeError);
    expect(() => (token.claims['roles'] as string[]).push('admin')).toThrow(TypeError);
    expect(Object.getPrototypeOf(token.claims)).toBeNull();
  });

  it('never shows the raw token when its result is printed', async () => {
    const raw = await server.sign({});
    const token = await verifier.verify(raw);
    const printed = [
      inspect(token, { depth: null, showHidden: true }),
      JSON.stringify(token),
      String(token),
    ];
    for (const text of printed) expect(text).not.toContain(raw.slice(-20));
    expect(JSON.parse(JSON.stringify(token))).toMatchObject({ issuer: server.issuer, scopes: [] });
  });

  it('throws an InvalidTokenError with a stable code and reason, and without the token', async () => {
    const raw = await server.sign({ aud: 'https://other.example.com' });
    const error: unknown = await verifier.verify(raw).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidTokenError);
    expect(error).toBeInstanceOf(AccessTokenError);
    expect(error).toMatchObject({
      name: 'InvalidTokenError',
      code: 'invalid_token',
      reason: 'audience',
      detail: 'aud "https://other.example.com", expected "https://api.example.com"',
    });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(raw.slice(-20));
  });

  it.each([undefined, null, 5, {}, '', 'a.b.c'])('refuses %p, which is no token', async (value) => {
    await expect(verifier.verify(value as string)).rejects.toMatchObject({ reason: 'malformed' });
  });

  it('throws a KeysUnavailableError when the keys cannot be had', async () => {
    const gone = await AuthorizationServer.start();
    const raw = await gone.sign();
    await gone.stop();
    const module = await Test.createTestingModule({
      imports: [JwtAuthModule.forRoot({ issuer: gone.issuer, audience })],
    }).compile();
    const error: unknown = await module
      .get(TokenVerifier)
      .verify(raw)
      .catch((reason: unknown) => reason);
    await module.close();
    expect(error).toBeInstanceOf(KeysUnavailableError);
    expect(error).toBeInstanceOf(AccessTokenError);
    expect(error).toMatchObject({
      code: 'keys_unavailable',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });

  describe('beside the guard', () => {
    @Injectable()
    @Controller()
    class Messages {
      @RequireScope('read')
      closed() {}
      @Public()
      open() {}
    }

    /** A message whose payload poses as a request with good credentials. */
    const context = (type: string, handler: () => void, authorization: string): ExecutionContext =>
      ({
        getType: () => type,
        getClass: () => Messages,
        getHandler: () => handler,
        switchToHttp: () => ({
          getRequest: () => ({ headers: { authorization } }),
          getResponse: () => ({}),
        }),
      }) as unknown as ExecutionContext;

    it.each(['rpc', 'ws', 'graphql'])(
      'which closes %s handlers, whatever the payload says',
      async (type) => {
        const authorization = `Bearer ${await server.sign({ scope: 'read' })}`;
        expect(guard.canActivate(context(type, Messages.prototype.closed, authorization))).toBe(
          false,
        );
        expect(guard.canActivate(context(type, Messages.prototype.open, authorization))).toBe(true);
      },
    );
  });
});
