import { isScope, scopesOf, scopeTextsIn } from '../../lib/jwt-auth/verification/scopes.js';

describe('scopeTextsIn', () => {
  it.each<[unknown, string[]]>([
    ['a b', ['a', 'b']],
    [' a  b ', ['a', 'b']],
    [
      ['a b', 'c'],
      ['a', 'b', 'c'],
    ],
    [['a', 5, null, ['b']], ['a']],
    ['', []],
    [undefined, []],
    [{ a: true }, []],
  ])('of %j', (value, scopes) => {
    expect(scopeTextsIn(value)).toEqual(scopes);
  });
});

describe('scopesOf', () => {
  it('goes by the first claim that is there, whatever it holds', () => {
    expect([...scopesOf({ scope: 'a a b', scp: 'c' }, ['scope', 'scp'])]).toEqual(['a', 'b']);
    expect([...scopesOf({ scp: ['c'] }, ['scope', 'scp'])]).toEqual(['c']);
    expect([...scopesOf({ scope: null, scp: 'c' }, ['scope', 'scp'])]).toEqual([]);
    expect([...scopesOf({}, ['toString'])]).toEqual([]);
  });
});

describe('isScope', () => {
  it.each([
    ['orders.read', true],
    ['https://a/b', true],
    ['a b', false],
    ['a"', false],
    ['a\\', false],
    ['é', false],
    ['', false],
  ])('%j: %p', (text, is) => {
    expect(isScope(text)).toBe(is);
  });
});
