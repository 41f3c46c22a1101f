import {
  cookieFault,
  cookieNameFault,
  missingSessions,
} from '../../lib/user-login/session-checks.js';

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

describe('cookieNameFault', () => {
  it.each([
    ['__Host-sid=s%3Aabc; Path=/; HttpOnly', '__Host-sid', 'Secure'],
    ['__secure-sid=abc; Path=/', '__secure-sid', 'Secure'],
    ['__Host-sid=abc; Secure', '__Host-sid', 'Path=/'],
    ['__Host-sid=abc; Path=/app; secure', '__Host-sid', 'Path=/'],
    ['__Host-sid=abc; Path=/; Domain=example.com; Secure', '__Host-sid', 'to have no Domain'],
    [['other=1; Path=/', '__Host-sid=abc; Path=/'], '__Host-sid', 'Secure'],
  ])('names what %j has not', (header, name, missing) => {
    const fault = cookieNameFault(header);
    expect(fault).toContain(
      `session_cookie_lost: browsers drop the cookie ${name}, as cookies with such a name need ${missing}. `,
    );
    expect(fault).not.toContain('abc');
  });

  it.each([
    '__Host-sid=abc; Path=/; Secure; HttpOnly',
    '__Secure-sid=abc; Domain=example.com; Path=/app; Secure',
    'sid=abc',
    'sid=__Host-sid=abc',
    'sid; __Host-x=1',
    '',
    undefined,
    42,
    ['sid=abc; Path=/'],
  ])('says nothing of %j', (header) => {
    expect(cookieNameFault(header)).toBeUndefined();
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
