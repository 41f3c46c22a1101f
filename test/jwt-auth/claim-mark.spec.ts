import { hasAnyMarks, hasMark, type Marks } from '../../lib/jwt-auth/verification/claim-mark.js';

const token = (claims: Record<string, unknown>, parameters: Record<string, unknown> = {}) => ({
  header: { alg: 'RS256' },
  parameters,
  claims,
});

describe('hasMark', () => {
  it.each([
    [{ gty: 'x' }, ['gty', 'x'], true],
    [{ gty: 'X' }, ['gty', 'x'], false],
    [{ gty: ['a', 'x'] }, ['gty', 'x'], true],
    [{ gty: 'ax' }, ['gty', /x$/], true],
    [{ gty: 5 }, ['gty', /5/], false],
    [{ gty: {} }, ['gty', true], true],
    [{ gty: '' }, ['gty', true], false],
    [{ gty: [''] }, ['gty', true], false],
    [{}, ['gty', false], true],
    [{ gty: null }, ['gty', false], true],
    [{ gty: ['', 'a'] }, ['gty', false], false],
    [{ act: { sub: 'a' } }, [['act', 'sub'], true], true],
    [{ act: 'a' }, [['act', 'sub'], true], false],
    [{ 'header.gty': 'x' }, ['header.gty', 'x'], false],
  ] as const)('of %j looks for %j', (claims, mark, has) => {
    expect(hasMark(token(claims), mark)).toBe(has);
  });

  it('finds what the header says', () => {
    expect(hasMark(token({}, { gty: 'x' }), ['header.gty', 'x'])).toBe(true);
  });
});

describe('hasAnyMarks', () => {
  const groups: readonly Marks[] = [
    [
      ['sub', false],
      ['client_id', true],
    ],
    [
      ['header.gty', 'x'],
      ['act', false],
    ],
    [[['realm', 'name'], 'a']],
    [['none', false]],
  ];

  it.each([
    [{ client_id: 'a', none: 1 }, {}, true],
    [{ client_id: 'a', sub: 'b', none: 1 }, {}, false],
    [{ none: 1 }, { gty: 'x' }, true],
    [{ none: 1, act: 1 }, { gty: 'x' }, false],
    [{ none: 1, realm: { name: 'a' } }, {}, true],
    [{ none: 1, realm: { name: 'b' } }, {}, false],
    [{}, {}, true],
    [{ none: 1 }, {}, false],
  ])('finds all signs of one group in %j and %j: %p', (claims, parameters, has) => {
    expect(hasAnyMarks(token(claims, parameters), groups)).toBe(has);
  });
});
