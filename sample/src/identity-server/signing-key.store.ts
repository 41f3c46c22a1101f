import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSigningKey, type SigningKey } from './signing-key.js';

/**
 * The signing key of the last start, or a new one when there is none. Keeping it means that tokens and
 * cached key sets stay good when the authorization server restarts. It is a secret: the folder is not
 * under version control, and only the owner can read the file.
 */
export async function loadSigningKey(folder: string): Promise<SigningKey> {
  const file = join(folder, 'signing-key.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  });
  if (text !== undefined) {
    return parseKey(text, file);
  }
  const key = await createSigningKey();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Written aside and moved into place, so that a start that is cut short leaves no half a key behind.
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(key, undefined, 2), { mode: 0o600 });
  await rename(draft, file);
  return key;
}

function parseKey(text: string, file: string): SigningKey {
  try {
    const key: SigningKey = JSON.parse(text);
    if (key.kty && key.kid && key.alg) {
      return key;
    }
  } catch {
    // Said below, with what to do about it. The text of this error could quote the key.
  }
  throw new Error(`${file} is not a signing key. Delete it and start again to get a new one.`);
}
