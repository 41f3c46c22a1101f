import { ConfigurationError, InvalidTokenError, KeysUnavailableError } from 'nestjs-access-tokens';
import { excerpt, isUnsafe, oneLine } from '../../lib/common/excerpt.js';

const UNSAFE: [string, string][] = [
  ['a line feed', '\n'],
  ['a carriage return', '\r'],
  ['an escape sequence', '\u001b[31m'],
  ['NUL', '\0'],
  ['DEL', '\u007f'],
  ['the control sequence introducer of C1', '\u009b31m'],
  ['a next line of C1', '\u0085'],
  ['a line separator', '\u2028'],
  ['a paragraph separator', '\u2029'],
  ['a right-to-left override', '\u202e'],
  ['an isolate', '\u2066'],
  ['a zero-width space', '\u200b'],
  ['a byte order mark', '\ufeff'],
  ['a tag character', '\u{e0041}'],
  ['half of a surrogate pair', '\ud800'],
];
const NOTHING_UNSAFE = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u;

describe.each(UNSAFE)('%s', (_, character) => {
  it('is in no excerpt, and in no line', () => {
    for (const shown of [
      excerpt(character),
      excerpt({ [character]: [character] }),
      oneLine(`a${character}b`),
      oneLine(character.repeat(1_000)),
    ])
      expect(shown).toMatch(NOTHING_UNSAFE);
    expect(isUnsafe(`a${character}b`)).toBe(true);
  });

  it('is in no error that repeats words of others', () => {
    expect(new InvalidTokenError('claims', character).detail).toMatch(NOTHING_UNSAFE);
    expect(new KeysUnavailableError(1, character).detail).toMatch(NOTHING_UNSAFE);
    const { message, problems } = new ConfigurationError('JwtAuthModule', [character]);
    expect(problems[0]).toMatch(NOTHING_UNSAFE);
    expect(message.split('\n')).toEqual([
      'JwtAuthModule cannot start with these options:',
      `  - ${problems[0]}`,
      '(see: errors#invalid_configuration)',
    ]);
  });
});

describe('a line', () => {
  it('is as it was where nothing is wrong with it', () => {
    expect(oneLine('Grüße, 世界 👋')).toBe('Grüße, 世界 👋');
    expect(excerpt('a"b')).toBe('"a\\"b"');
    expect(excerpt(undefined)).toBe('missing');
    expect(isUnsafe('Grüße, 世界 👋')).toBe(false);
  });

  it('is never long, whatever it is made of', () => {
    for (const text of ['a'.repeat(99_999), '\u2028'.repeat(99_999), '👋'.repeat(99_999)]) {
      expect(oneLine(text, 100).length).toBeLessThanOrEqual(101);
      expect(oneLine(text, 100)).toMatch(NOTHING_UNSAFE);
      expect(excerpt([text]).length).toBeLessThanOrEqual(201);
    }
  });

  it('says so of what is no JSON', () => {
    expect(excerpt(1n)).toBe('something that is no JSON');
  });
});
