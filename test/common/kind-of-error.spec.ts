import { kindOfError } from '../../lib/common/kind-of-error.js';

class ClientOfflineError extends Error {}

describe('the kind of an error', () => {
  it.each<[string, unknown, string]>([
    ['its name', new TypeError('secret'), 'TypeError'],
    [
      'its class, where it has no name of its own',
      new ClientOfflineError('secret'),
      'ClientOfflineError',
    ],
    [
      'its code as well',
      Object.assign(new Error('secret'), { code: 'ECONNREFUSED' }),
      'Error (ECONNREFUSED)',
    ],
    ['no code that is not one', Object.assign(new Error('x'), { code: 'secret' }), 'Error'],
    ['nothing of what is no error', 'secret', 'something'],
  ])('is %s', (_what, error, kind) => {
    expect(kindOfError(error)).toBe(kind);
  });
});
