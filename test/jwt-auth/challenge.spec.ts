import { formatChallenge } from '../../lib/jwt-auth/transports/http/challenge.js';

describe('formatChallenge', () => {
  it('has the realm alone where nothing went wrong with a token', () => {
    expect(formatChallenge('api', { status: 401, description: 'No token' })).toBe(
      'Bearer realm="api"',
    );
  });

  it('names the error and the scopes (RFC 6750 section 3)', () => {
    const refusal = {
      status: 403,
      error: 'insufficient_scope',
      description: 'More is needed',
      scopes: ['orders.read', 'orders.write'],
    } as const;
    expect(formatChallenge('api', refusal)).toBe(
      'Bearer realm="api", error="insufficient_scope", error_description="More is needed", scope="orders.read orders.write"',
    );
  });

  it('leaves out what could end the header or begin another', () => {
    const refusal = {
      status: 401,
      error: 'invalid_token',
      description: 'a"b\\c\r\nSet-Cookie: x=1\u0000é',
      scopes: ['s"', '\n'],
    } as const;
    expect(formatChallenge('a"pi\r\n', refusal)).toBe(
      'Bearer realm="api", error="invalid_token", error_description="abcSet-Cookie: x=1", scope="s "',
    );
  });
});
