import { misspelledOptions, unknownNames } from '../../lib/common/options/option-names.js';

const known = ['scope', 'tokenCacheSize', 'ca'];

describe('unknownNames', () => {
  it.each([
    ['Scope', 'scope'],
    ['scopes', 'scope'],
    ['scop', 'scope'],
    ['scoope', 'scope'],
    ['skope', 'scope'],
    ['token_cache_size', 'tokenCacheSize'],
  ])('suggests what %s was meant to be', (given, meant) => {
    expect(unknownNames('a.', { [given]: 1 }, known)).toEqual([
      `a.${given}: no option. Did you mean '${meant}'?`,
    ]);
  });

  it.each(['skop', 'cb', 'c', 'other', ''])('suggests nothing for %j', (given) => {
    expect(unknownNames('', { [given]: 1, scope: 1 }, known)).toEqual([
      `${given}: no option. Remove it; there are scope, tokenCacheSize, ca.`,
    ]);
  });

  it('lists no more than ten', () => {
    const many = Array.from({ length: 11 }, (_, i) => `option${i}name`);
    expect(unknownNames('', { other: 1 }, many)).toEqual(['other: no option. Remove it.']);
  });
});

describe('misspelledOptions', () => {
  it('finds what differs in case, in other signs or by an s at the end only', () => {
    expect(misspelledOptions('', { Scopes: 1, skope: 1, 'c-a': 1, scope: 1 }, known)).toEqual([
      "Scopes: no option. Did you mean 'scope'?",
      "c-a: no option. Did you mean 'ca'?",
    ]);
  });
});
