import type { RefusedCall, RetryOn401 } from 'nestjs-access-tokens';
import { isRefusal, mayRetry } from '../../lib/token-client/calls/retry-on-401.policy.js';

const bearer = (error?: string) => ({
  scheme: 'bearer',
  parameters: error === undefined ? {} : { error },
});

function call(own: Partial<RefusedCall> = {}): RefusedCall {
  return { method: 'GET', status: 401, challenges: [], ...own } as RefusedCall;
}

describe('whether a refused call is made once more', () => {
  it.each<[string, RetryOn401, RefusedCall, boolean]>([
    ['a GET without a challenge', 'safe', call(), true],
    ['a POST without a challenge', 'safe', call({ method: 'POST' }), false],
    [
      'a POST that the token was to blame for',
      'safe',
      call({ method: 'POST', challenges: [bearer('invalid_token')] }),
      true,
    ],
    [
      'a POST with a challenge without a code',
      'safe',
      call({ method: 'POST', challenges: [bearer()] }),
      true,
    ],
    [
      'a GET that wants another sign-in',
      'safe',
      call({ challenges: [bearer('insufficient_user_authentication')] }),
      false,
    ],
    [
      'a GET with a challenge of another scheme',
      'safe',
      call({ challenges: [{ scheme: 'basic', parameters: {} }] }),
      false,
    ],
    ['anything, always', 'always', call({ method: 'POST', challenges: [bearer('x')] }), true],
    ['anything, never', 'never', call(), false],
    ['another status', 'always', call({ status: 403 }), false],
    ['a status of the list', { statuses: [403] }, call({ status: 403 }), true],
    ['401 outside of the list', { statuses: [403] }, call(), false],
    [
      '403 for want of scope',
      { statuses: [403], when: 'always' },
      call({ status: 403, challenges: [bearer('insufficient_scope')] }),
      false,
    ],
    ['a function that says so', () => true, call(), true],
    ['a function that says nearly so', (() => 'yes') as unknown as RetryOn401, call(), false],
    ['a function that promises', (async () => true) as unknown as RetryOn401, call(), false],
    [
      'a function that throws',
      () => {
        throw new Error('no');
      },
      call(),
      false,
    ],
  ])('%s', (_name, option, refused, expected) => {
    expect(mayRetry(option, refused)).toBe(expected);
  });

  it('knows the scheme that a client sends its token with', () => {
    const refused = call({ method: 'POST', challenges: [{ scheme: 'token', parameters: {} }] });
    expect(mayRetry('safe', refused)).toBe(false);
    expect(mayRetry('safe', refused, 'token')).toBe(true);
  });

  it('looks at 401 alone unless it has a list', () => {
    expect([401, 403, 407].map((status) => isRefusal('safe', status))).toEqual([
      true,
      false,
      false,
    ]);
  });
});
