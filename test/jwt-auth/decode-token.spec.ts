import { decodeToken } from '../../lib/jwt-auth/verification/decode-token.js';
import { forge } from '../support/forge.js';

describe('a token taken apart', () => {
  it('has the header that it came with, whatever the one before had', () => {
    const headers = [
      { alg: 'RS256', kid: 'a', typ: 'JWT' },
      { alg: 'RS256', kid: 'b', typ: 'JWT' },
      { alg: 'ES256' },
      { alg: 'RS256', kid: 'a', typ: 'JWT' },
      { alg: 'RS256', kid: 'a', typ: 'JWT' },
    ];
    const decoded = headers.map((header, i) => decodeToken(forge(header, { i }, `sig ${i}`)));
    expect(decoded.map(({ header }) => header)).toEqual(headers);
    expect(decoded.map(({ parameters }) => ({ ...parameters }))).toEqual(headers);
    expect(decoded.map(({ claims }) => claims['i'])).toEqual([0, 1, 2, 3, 4]);
  });

  it('is refused for its header each time', () => {
    const good = forge({ alg: 'RS256' }, {});
    const bad = forge({ alg: 'RS256', crit: ['a'] }, {});
    for (const token of [bad, bad]) expect(() => decodeToken(token)).toThrow('invalid');
    decodeToken(good);
    expect(() => decodeToken(bad)).toThrow('invalid');
    expect(decodeToken(good).header).toEqual({ alg: 'RS256' });
  });

  it('shares nothing that can be changed', () => {
    const token = forge({ alg: 'RS256', more: { a: 1 } }, {});
    const { header, parameters } = decodeToken(token);
    for (const value of [header, parameters, parameters['more']])
      expect(() => Object.assign(value as object, { alg: 'none' })).toThrow(TypeError);
    expect(parameters['toString']).toBeUndefined();
  });

  it('has what is signed, and the bytes of the signature', () => {
    const token = forge({ alg: 'RS256' }, { a: 'é' }, Buffer.from([1, 2, 254]));
    const { signingInput, signature } = decodeToken(token);
    expect(signingInput).toBe(token.slice(0, token.lastIndexOf('.')));
    expect([...signature]).toEqual([1, 2, 254]);
  });

  it.each([
    ['an overlong slash', [0xc0, 0xaf]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['beyond the last character', [0xf4, 0x90, 0x80, 0x80]],
    ['a start alone', [0xc3]],
    ['an end alone', [0x80]],
  ])('is refused with %s in a text', (_, bytes) => {
    const claims = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
    expect(() => decodeToken(forge({ alg: 'RS256' }, claims))).toThrow('invalid');
  });

  it('is refused with a mark of the order of bytes before a part', () => {
    expect(() => decodeToken(forge({ alg: 'RS256' }, '\ufeff{}'))).toThrow('invalid');
    expect(() => decodeToken(forge('\ufeff{"alg":"RS256"}', {}))).toThrow('invalid');
  });
});
