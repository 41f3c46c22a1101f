import { cookieFault, missingSessions } from '../lib/user-login/session-checks.js';

const secure = { session: { cookie: { secure: true } }, headers: {} };

describe('cookieFault', () => {
  it('names a secure cookie on plain http', () => {
    expect(cookieFault(secure)).toContain(
      'the session cookie is secure and this sign-in came over http',
    );
  });

  it.each([
    { ...secure, secure: true },
    { ...secure, protocol: 'https' },
    { ...secure, headers: { 'x-forwarded-proto': 'https, http' } },
    { headers: {}, session: { cookie: { secure: false } } },
    { headers: {}, session: { cookie: { secure: 'auto' } } },
    { headers: {}, session: {} },
    { headers: {} },
  ])('says nothing of %j', (request) => {
    expect(cookieFault(request)).toBeUndefined();
  });
});

describe('missingSessions', () => {
  const express = (names: string[]) =>
    Object.assign(() => undefined, { router: { stack: names.map((name) => ({ name })) } });

  it('sees what is registered', () => {
    expect(missingSessions(express(['query', 'session']))).toBeUndefined();
    expect(missingSessions({ hasRequestDecorator: () => true })).toBeUndefined();
    expect(missingSessions({})).toBeUndefined();
    expect(missingSessions(undefined)).toBeUndefined();
  });

  it('says what is missing', () => {
    expect(missingSessions(express(['query']))).toMatch(/^session_missing: /);
    expect(missingSessions({ hasRequestDecorator: () => false })).toMatch(/^session_missing: /);
  });
});
