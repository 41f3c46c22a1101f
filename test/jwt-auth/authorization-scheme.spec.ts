import { schemeAdvice, shownScheme } from '../../lib/jwt-auth/refusals/authorization-scheme.js';

describe('the scheme of credentials', () => {
  it.each([
    ['DPoP eyJhbGciOi', 'with the scheme DPoP'],
    ['dpop eyJhbGciOi', 'with the scheme DPoP'],
    ['JWT eyJhbGciOi', 'with the scheme JWT'],
    ['Basic YTpi', 'with the scheme Basic'],
    ['eyJhbGciOi', 'without the word Bearer'],
    ['', 'without the word Bearer'],
    ['  eyJhbGciOi ', 'without the word Bearer'],
    ['eyJhbGciOi secret', 'with another scheme than Bearer'],
    ['secret=1, other=2', 'with another scheme than Bearer'],
  ])('of %j is shown without anything of them', (authorization, expected) => {
    expect(shownScheme(authorization)).toBe(expected);
  });

  it.each([
    ['with the scheme DPoP', 'without DPoP'],
    ['without the word Bearer', 'addBearerAuth()'],
    ['with the scheme JWT', 'Authorization: Bearer'],
    ['with another scheme than Bearer', 'Authorization: Bearer'],
  ])('%s has advice', (shown, expected) => {
    expect(schemeAdvice(shown)).toContain(expected);
  });
});
