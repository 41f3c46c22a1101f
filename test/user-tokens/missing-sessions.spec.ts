import { SessionUserTokenStore } from 'nestjs-access-tokens';

type Done = (error?: unknown) => void;
const failing = (code: string) => (done: Done) => done(Object.assign(new Error('x'), { code }));

function storeThat(fail: (done: Done) => void): SessionUserTokenStore {
  const sessionStore = {
    get: (_id: string, done: Done) => fail(done),
    set: (_id: string, _session: object, done: Done) => fail(done),
    destroy: (_id: string, done: Done) => fail(done),
  };
  return new SessionUserTokenStore({ sessionStore });
}

describe('a session store that says ENOENT of what is not there', () => {
  const record = { version: '1', issuer: undefined, subject: undefined, ended: false };
  const whole = { ...record, refreshToken: undefined, idToken: undefined, accessTokens: {} };

  it('has nothing, and nothing to delete', async () => {
    const store = storeThat(failing('ENOENT'));
    expect(await store.get('alice')).toBeUndefined();
    expect(await store.delete('alice')).toBeUndefined();
  });

  it('has not written what it could not write', async () => {
    await expect(storeThat(failing('ENOENT')).set('alice', whole)).rejects.toThrow('x');
  });

  it('fails with everything else', async () => {
    const store = storeThat(failing('EACCES'));
    await expect(store.get('alice')).rejects.toThrow('x');
    await expect(store.delete('alice')).rejects.toThrow('x');
  });
});
