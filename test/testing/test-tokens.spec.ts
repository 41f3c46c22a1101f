import { isVerifiedToken } from '../../lib/common/verified-token.js';
import { Test } from '@nestjs/testing';
import { TestKitError, testTokens } from 'nestjs-access-tokens/testing';

describe('testTokens', () => {
  it('gives access tokens to tests without an application', () => {
    const tokens = testTokens();
    const token = tokens.accessToken({ subject: 'alice', scope: 'a b', roles: ['clerk'] });
    expect(token).toMatchObject({
      issuer: 'https://id.test',
      audience: ['https://api.test'],
      subject: 'alice',
      clientId: 'tests',
      isUser: true,
      isClient: false,
      expiresAt: new Date(Math.floor(tokens.clock.now() / 1000) * 1000 + 300_000),
    });
    expect([...token.scopes]).toEqual(['a', 'b']);
    expect(token.hasRole('clerk')).toBe(true);
    expect(Object.isFrozen(token.claims)).toBe(true);
    expect(isVerifiedToken(token)).toBe(true);
    expect(tokens.accessToken({ clientId: 'jobs' })).toMatchObject({
      subject: 'jobs',
      isClient: true,
    });
    expect(tokens.accessToken({ issuer: 'https://x.test' }).issuer).toBe('https://x.test');
  });

  it('has nothing to give away for an application that is not there', () => {
    const tokens = testTokens();
    const notYet = 'The application is not there yet';
    expect(() => tokens.bearer()).toThrow(notYet);
    tokens.install(Test.createTestingModule({}));
    expect(() => tokens.issue()).toThrow(notYet);
    expect(() => tokens.accessToken()).toThrow(notYet);
  });

  it('does nothing in production', () => {
    const tokens = testTokens();
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      expect(() => testTokens()).toThrow(TestKitError);
      expect(() => tokens.install(Test.createTestingModule({}))).toThrow(
        'nestjs-access-tokens/testing does not run with NODE_ENV=production.',
      );
    } finally {
      process.env['NODE_ENV'] = before;
    }
  });
});
