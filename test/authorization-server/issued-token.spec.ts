import { format, inspect } from 'node:util';
import { IssuedToken } from 'nestjs-access-tokens';
import { expectNoSecret } from '../support/secrets.js';

describe('an issued token', () => {
  const expiresAt = new Date('2030-01-01T00:00:00Z');
  const token = new IssuedToken({
    accessToken: 'very-secret',
    tokenType: 'Bearer',
    expiresAt,
    scopes: ['a', 'b'],
  });

  it('gives the token to whoever asks for it', () => {
    expect(token.accessToken).toBe('very-secret');
  });

  it('shows everything but the token', () => {
    const shown = {
      tokenType: 'Bearer',
      expiresAt: '2030-01-01T00:00:00.000Z',
      scopes: ['a', 'b'],
    };
    expect(JSON.parse(JSON.stringify(token))).toEqual(shown);
    expect(String(token)).toBe(`IssuedToken ${JSON.stringify(shown)}`);
    expect(inspect(token)).toBe(String(token));
  });

  it('never shows the token', () => {
    expectNoSecret(token, 'very-secret');
    expectNoSecret({ nested: [token] }, 'very-secret');
    expectNoSecret(Object.entries(token), 'very-secret');
    expect(Object.keys(token)).toEqual([]);
    expect(format('%s %o %O %j', token, token, token, token)).not.toContain('very-secret');
    expect(inspect(token, { customInspect: false, showHidden: true })).not.toContain('very-secret');
  });

  it('cannot be changed by one of those who share it', () => {
    token.expiresAt.setTime(0);
    expect(token.expiresAt).toEqual(expiresAt);
    expect(() => Object.assign(token, { accessToken: 'other' })).toThrow(TypeError);
  });
});
