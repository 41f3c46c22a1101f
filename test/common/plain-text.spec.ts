import { plainText } from '../../lib/common/plain-text.js';

describe('text of others', () => {
  it.each([
    ['a\nb\t c', 'a b c'],
    ['  a  ', 'a'],
    ['a\u0000\u001b[31mb', 'a[31mb'],
    ['a\u202eb\u200bc', 'abc'],
    ['\ud800a', 'a'],
  ])('is fit for a line: %j', (text, expected) => {
    expect(plainText(text, 100, [])).toBe(expected);
  });

  it('is cut', () => {
    expect(plainText('abcdef', 3, [])).toBe('abc…');
    expect(plainText('abc', 3, [])).toBe('abc');
  });

  it('holds no secret, not even one with something invisible between its letters', () => {
    expect(plainText('it was s3\u200bcret, s3cret', 100, ['s3cret'])).toBe(
      'it was [redacted], [redacted]',
    );
  });

  it('finds nothing inside of its own marks', () => {
    expect(plainText('s3cret', 100, ['s3cret', 'red'])).toBe('[redacted]');
  });

  it('is searched before it is cut, so that no part of a secret is left', () => {
    expect(plainText('x s3cret', 5, ['s3cret'])).toBe('x [re…');
  });
});
