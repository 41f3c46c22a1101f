import { errorCode } from '../../lib/authorization-server/error-code.js';

describe('errorCode', () => {
  it.each(['invalid_grant', 'invalid_client', 'temporarily_unavailable', 'unsupported_token_type'])(
    'leaves %s as it is, whatever the secrets are',
    (code) => {
      expect(errorCode(code, ['grant', 'invalid', '_', 'e', code])).toBe(code);
    },
  );

  it.each([
    ['bad s3cret', 'bad [redacted]'],
    ['invalid_grant s3cret', 'invalid_grant [redacted]'],
    ['invalid_s3cret', 'invalid_[redacted]'],
    ['s3\u200bcret', '[redacted]'],
    ['\u001b', 'an unreadable error'],
    ['', 'an unreadable error'],
  ])('shows of %j only %j', (given, shown) => {
    expect(errorCode(given, ['s3cret'])).toBe(shown);
  });
});
