import { InvalidTokenError, TokenVerifier } from 'nestjs-access-tokens';
import type { RunningApp } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import { forgeSigned, goodClaims } from '../../../support/forge.js';
import { expectMalformed, startProtectedApi } from '../../../support/protected-api.js';

describe('a token of enormous size', () => {
  let server: AuthorizationServer;
  let api: RunningApp;

  const signed = (claims: object): string =>
    forgeSigned(
      { typ: 'at+jwt', alg: 'RS256', kid: server.signingKey.kid },
      { ...goodClaims(server.issuer), ...claims },
      server.signingKey,
    );

  const statusOf = async (claims: object): Promise<number> =>
    (await api.get('/', signed(claims))).status;

  /** Node takes no header that long, other doors may. */
  const reasonOf = async (token: string): Promise<string> => {
    const error: unknown = await api.app
      .get(TokenVerifier)
      .verify(token)
      .catch((reason: unknown) => reason);
    return error instanceof InvalidTokenError ? error.reason : String(error);
  };

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    api = await startProtectedApi({ issuer: server.issuer });
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  it('is refused from 16 KiB on, before anything in it is read', async () => {
    expect(await reasonOf(signed({ a: 'x'.repeat(12 * 1024) }))).toBe('too_large');
    expect(await reasonOf('A'.repeat(16 * 1024 + 1))).toBe('too_large');
    expect(await reasonOf('A'.repeat(1024 * 1024))).toBe('too_large');
    expect(await reasonOf('.'.repeat(32 * 1024 * 1024))).toBe('too_large');
    expect(await reasonOf(`a.${'['.repeat(200_000)}.b`)).toBe('too_large');
    expect(await reasonOf('.'.repeat(16 * 1024))).toBe('malformed');
  });

  it('is refused by the HTTP server itself when it is a megabyte, and the API goes on', async () => {
    const { status } = await fetch(api.url, {
      headers: { authorization: `Bearer ${'A'.repeat(1024 * 1024)}` },
    }).catch(() => ({ status: 431 }));
    expect(status).toBe(431);
    expect(await statusOf({})).toBe(200);
  });

  it('is read in the normal way below that, be it full of scopes or audiences', async () => {
    const many = Array.from({ length: 1_500 }, (_, i) => `s${i}`);
    expect(await statusOf({ scope: many.join(' ') })).toBe(200);
    expect(await statusOf({ aud: [...many, 'https://api.example.com'] })).toBe(200);
    expect(await statusOf({ aud: many })).toBe(401);
  });

  it.each([
    ['spaces', `Bearer${' '.repeat(15_000)}!`],
    ['equals signs', `Bearer a${'='.repeat(15_000)}!`],
    ['equals signs and letters', `Bearer ${'a='.repeat(7_000)}`],
    ['dots', `Bearer ${'.'.repeat(15_000)}!`],
    ['schemes', 'Bearer '.repeat(2_000)],
    ['commas', `Bearer ${',a'.repeat(7_000)}`],
  ])('is parsed in one pass, so that %s do not hold the process up', async (_, value) => {
    expectMalformed(await api.get('/', undefined, { authorization: value }));
  });
});
