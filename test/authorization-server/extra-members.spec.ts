import { extraMembers } from '../../lib/authorization-server/extra-members.js';

const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl`;

describe('what an answer says beside the token', () => {
  it('is its texts and numbers, frozen', () => {
    const extra = extraMembers(
      {
        access_token: 'one',
        token_type: 'Bearer',
        expires_in: 1,
        scope: 'a',
        instance_url: 'https://eu1.example.com',
        issued_at: '1676372418560',
        refresh_token_expires_in: 7,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        admin: true,
        list: ['a'],
        nested: { a: 1 },
        nothing: null,
        endless: Infinity,
      },
      ['one'],
    );
    expect(extra).toEqual({
      instance_url: 'https://eu1.example.com',
      issued_at: '1676372418560',
      refresh_token_expires_in: 7,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
    expect(Object.isFrozen(extra)).toBe(true);
  });

  it.each([
    'refresh_token',
    'id_token',
    'accessToken',
    'csrf-token',
    'tokens',
    'client_secret',
    'password',
    'client_assertion',
    'api_key',
    'apiKey',
    'a b',
    '',
    'a\n',
    'x'.repeat(101),
  ])('is never %j', (name) => {
    expect(extraMembers({ [name]: 'value' }, [])).toEqual({});
  });

  it.each([jwt, `Bearer ${jwt}`, 'one', 'x-one-x', 'two'])('is never the value %j', (value) => {
    expect(extraMembers({ member: value }, ['', 'one', 'two'])).toEqual({});
  });

  it('is bounded in number and in length', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`m${index}`, 1]));
    expect(Object.keys(extraMembers(many, []))).toHaveLength(20);
    const long = { a: 'x'.repeat(5_000), b: 'y'.repeat(4_000), c: 'z'.repeat(200), d: 'kept' };
    expect(Object.keys(extraMembers(long, []))).toEqual(['b', 'd']);
  });

  it.each([undefined, null, 'text', 5, [1]])('is nothing in %j', (answer) => {
    expect(extraMembers(answer, [])).toEqual({});
  });
});
