import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSigningKey } from '../../sample/src/identity-server/signing-key.store.js';

describe('the signing key of the identity server', () => {
  let folder: string;
  const file = () => join(folder, '.data', 'signing-key.json');
  const load = () => loadSigningKey(join(folder, '.data'));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signing-key-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is made at the first start and readable by its owner only', async () => {
    await expect(load()).resolves.toMatchObject({ kty: 'RSA', alg: 'RS256', use: 'sig' });
    expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  it('is the same at the next start', async () => {
    expect(await load()).toEqual(await load());
  });

  it('is made again when it is gone', async () => {
    const { kid } = await load();
    await rm(file());
    expect((await load()).kid).not.toBe(kid);
  });

  it.each(['{', '{}', ''])('is not replaced in silence when the file holds "%s"', async (text) => {
    await load();
    await writeFile(file(), text);
    await expect(load()).rejects.toThrow('is not a signing key. Delete it and start again');
  });
});
