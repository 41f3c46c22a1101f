import { isVerifiedToken } from '../../lib/common/verified-token.js';
import { VerifiedAccessToken } from '../../lib/jwt-auth/verification/verified-access-token.js';

describe('whether a token was verified', () => {
  const none: ReadonlySet<string> = new Set();
  const token = new VerifiedAccessToken('a.b.c', {
    issuer: 'https://id.example.com',
    audience: ['api'],
    scopes: none,
    roles: none,
    permissions: none,
    claims: { sub: 'alice' },
    subjectKind: 'user',
    expiresAtSeconds: 1,
  });

  it('is told by nothing that can be copied', () => {
    expect(isVerifiedToken(token)).toBe(true);
    const made = Object.create(
      Object.getPrototypeOf(token) as object,
      Object.getOwnPropertyDescriptors(token),
    ) as object;
    for (const other of [
      Object.assign({}, token),
      Object.create(token),
      new Proxy(token, {}),
      made,
    ])
      expect(isVerifiedToken(other)).toBe(false);
    for (const other of [undefined, null, 'a.b.c', 1, {}, () => token])
      expect(isVerifiedToken(other)).toBe(false);
  });

  it('shows in nothing', () => {
    expect(Object.keys(token)).not.toContain('isVerified');
    expect(JSON.stringify(token)).not.toContain('erified');
  });
});
