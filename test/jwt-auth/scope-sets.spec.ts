import { resolveImplied } from '../../lib/jwt-auth/verification/implied-scopes.js';
import { scopeSetOf } from '../../lib/jwt-auth/verification/scope-sets.js';

describe('the set of the scopes of a token', () => {
  const none = resolveImplied({});
  const of = (claims: object, implied = none, names = ['scope', 'scp']) =>
    scopeSetOf(claims as Record<string, unknown>, names, implied);

  it('is one for tokens with the same text, whichever claim it is in', () => {
    const set = of({ scope: 'a b' });
    expect([...set]).toEqual(['a', 'b']);
    expect(of({ scope: 'a b' })).toBe(set);
    expect(of({ scp: 'a b' }, resolveImplied({}))).toBe(set);
  });

  it('is another for another text', () => {
    expect([...of({ scope: 'a b' })]).toEqual(['a', 'b']);
    expect([...of({ scope: 'a b ' })]).toEqual(['a', 'b']);
    expect([...of({ scope: 'b' })]).toEqual(['b']);
    expect([...of({ scope: '' })]).toEqual([]);
    expect([...of({ scope: 'a', scp: 'a b' })]).toEqual(['a']);
    expect([...of({ scope: ['a b'] })]).toEqual(['a', 'b']);
    expect([...of({ scope: ['a b', 'c'] })]).toEqual(['a', 'b', 'c']);
    expect([...of({ scope: 1, scp: 'a b' })]).toEqual([]);
    expect([...of({})]).toEqual([]);
  });

  it('is another for an issuer where scopes imply others', () => {
    const implied = resolveImplied({ a: ['c'] });
    for (let i = 0; i < 2; i += 1) {
      expect([...of({ scope: 'a b' })]).toEqual(['a', 'b']);
      expect([...of({ scope: 'a b' }, implied)]).toEqual(['a', 'c', 'b']);
      expect([...of({ scope: 'a b' }, resolveImplied({ b: ['d'] }))]).toEqual(['a', 'b', 'd']);
    }
  });

  it('is made anew for a text that is long, and cannot be changed by those who share it', () => {
    const long = Array.from({ length: 1_000 }, (_, i) => `s${i}`).join(' ');
    expect(of({ scope: long }).size).toBe(1_000);
    expect(of({ scope: long })).not.toBe(of({ scope: long }));
    const set = of({ scope: 'a b' }) as Set<string>;
    expect(() => set.add('admin')).toThrow(TypeError);
    expect([...of({ scope: 'a b' })]).toEqual(['a', 'b']);
  });
});
