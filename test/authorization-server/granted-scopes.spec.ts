import { grantedScopes } from '../../lib/authorization-server/granted-scopes.js';

describe('the scopes in an answer', () => {
  it.each<[string, string[], string[]]>([
    ['a b', [], ['a', 'b']],
    ['', ['a'], []],
    [' a  b ', ['a'], ['a', 'b']],
    ['a,b', ['a', 'b'], ['a', 'b']],
    ['a, b', ['a', 'b'], ['a', 'b']],
    ['a,,b,', ['b'], ['a', 'b']],
    ['a,b c', ['c'], ['a,b', 'c']],
    ['a,b c', ['a,b', 'c'], ['a,b', 'c']],
    ['a,b', [], ['a,b']],
    ['a,b', ['x'], ['a,b']],
  ])('%j, where %j were asked for', (text, asked, scopes) => {
    expect(grantedScopes(text, asked)).toEqual(scopes);
  });
});
