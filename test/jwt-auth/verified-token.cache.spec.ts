import { inspect } from 'node:util';
import { resolveOptions } from '../../lib/jwt-auth/options/resolve-options.js';
import { VerifiedTokenCache } from '../../lib/jwt-auth/verification/verified-token.cache.js';

const issuer = 'https://id.example.com';
const audience = 'https://orders.example.com';

describe('the cache of verified tokens', () => {
  it('shows no token that was looked for in vain', () => {
    const cache = new VerifiedTokenCache(resolveOptions({ issuer, audience }));
    expect(cache.recall('a-token-that-is-secret')).toBeUndefined();
    const shown = inspect(cache, { depth: null, showHidden: true }) + JSON.stringify(cache);
    expect(shown).not.toContain('a-token-that-is-secret');
  });

  it('has the same digest for a token whether it was looked for before or not', () => {
    const cache = new VerifiedTokenCache(resolveOptions({ issuer, audience }));
    const digest = cache.digestOf('a');
    cache.recall('a');
    expect([cache.digestOf('a'), cache.digestOf('a')]).toEqual([digest, digest]);
    cache.recall('a');
    expect(cache.digestOf('b')).not.toBe(digest);
  });
});
