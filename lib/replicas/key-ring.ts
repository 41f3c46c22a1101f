import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const VERSION = 'v1';
const PLAIN = 'v0.';
const KEY_BYTES = 32;
const KEY_ID_BYTES = 8;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Nothing of ours is that big. Whoever can write to the store could make us work for nothing. */
const MAX_SEALED_CHARACTERS = 1_000_000;

/** Makes texts ready to leave the process, and takes them back. */
export interface Sealer {
  /**
   * @param context where the text is going to be, as the whole key in the store: it cannot be opened anywhere else
   * @throws {RangeError} the text is too big: more than about 700 kB
   */
  seal(text: string, context: string): string;
  /** The text, or nothing where the value is not one that was sealed for this place. Never throws. */
  open(sealed: unknown, context: string): string | undefined;
}

interface RingKey {
  readonly id: string;
  readonly secret: KeyObject;
}

/**
 * Encrypts texts with AES-256-GCM. The first key encrypts, any of them decrypts. A value names its key by a
 * fingerprint, so that nobody has to give keys names: `v1.<key id>.<iv, ciphertext and tag in base64url>`.
 *
 * Random initialization vectors are good for 2^32 values per key (NIST SP 800-38D section 8.3).
 */
export class KeyRing implements Sealer {
  readonly #keys: ReadonlyMap<string, RingKey>;
  readonly #first: RingKey;

  /**
   * @param keys of 32 bytes each, in base64 or base64url
   * @throws {TypeError} there is no key, or one is not of that kind
   */
  constructor(keys: readonly string[]) {
    const ring = keys.map(ringKeyOf);
    const [first] = ring;
    if (!first) throw new TypeError('A key ring needs a key');
    this.#first = first;
    this.#keys = new Map(ring.map((key) => [key.id, key]));
  }

  seal(text: string, context: string): string {
    const { id, secret } = this.#first;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, secret, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundTo(id, context));
    const encrypted = [iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return checked(`${VERSION}.${id}.${Buffer.concat(encrypted).toString('base64url')}`);
  }

  /** Whether a value names one of these keys, whoever has made it. */
  knowsKeyOf(sealed: string): boolean {
    return this.#keys.has(sealed.split('.', 2)[1] ?? '');
  }

  open(sealed: unknown, context: string): string | undefined {
    if (!isAcceptable(sealed)) return undefined;
    const [version, id = '', payload = '', ...more] = sealed.split('.', 4);
    const key = this.#keys.get(id);
    if (version !== VERSION || !key || more.length > 0) return undefined;
    const bytes = Buffer.from(payload, 'base64url');
    // Node passes over what is not base64url: one value must not have several spellings.
    if (bytes.toString('base64url') !== payload) return undefined;
    if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
    try {
      const iv = bytes.subarray(0, IV_BYTES);
      const options = { authTagLength: TAG_BYTES };
      const decipher = createDecipheriv(ALGORITHM, key.secret, iv, options);
      decipher.setAAD(boundTo(id, context)).setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}

/**
 * Encrypts nothing. Its values are marked, so that they are never taken for encrypted ones, and say where they belong: after a
 * cut connection, a client that mistakes whose answer it has got must not give one token for another.
 */
export const plain: Sealer = {
  seal: (text, context) => checked(`${PLAIN}${context} ${text}`),
  open: (sealed, context) => {
    const start = `${PLAIN}${context} `;
    return isAcceptable(sealed) && sealed.startsWith(start)
      ? sealed.slice(start.length)
      : undefined;
  },
};

/** @throws {TypeError} there is no key, or one is not 32 bytes in base64 */
export function sealerOf(keys: readonly string[] | 'none'): Sealer {
  return keys === 'none' ? plain : new KeyRing(keys);
}

/** The 32 bytes of a key, if that is what it is: in base64 or base64url, and nothing around them. */
export function keyBytes(key: unknown): Buffer | undefined {
  if (typeof key !== 'string' || key.length > 2 * KEY_BYTES) return undefined;
  const bytes = Buffer.from(key, 'base64');
  const [base64, base64url] = [bytes.toString('base64'), bytes.toString('base64url')];
  const spelt = [base64, base64url, `${base64url}=`].includes(key);
  return spelt && bytes.length === KEY_BYTES ? bytes : undefined;
}

function ringKeyOf(key: string): RingKey {
  const bytes = keyBytes(key);
  if (!bytes) throw new TypeError('An encryption key is not 32 bytes in base64');
  const id = derived(bytes, 'key id', KEY_ID_BYTES).toString('base64url');
  return { id, secret: createSecretKey(derived(bytes, 'encryption', KEY_BYTES)) };
}

/** A key for each purpose: what a key id tells says nothing about what encrypts. */
function derived(key: Buffer, purpose: string, bytes: number): Buffer {
  const info = `nestjs-access-tokens ${VERSION} ${purpose}`;
  return Buffer.from(hkdfSync('sha256', key, '', info, bytes));
}

/** What a value is bound to. As JSON, since no two lists have the same. */
function boundTo(id: string, context: string): Buffer {
  return Buffer.from(JSON.stringify([VERSION, id, context]));
}

function isAcceptable(sealed: unknown): sealed is string {
  return typeof sealed === 'string' && sealed.length <= MAX_SEALED_CHARACTERS;
}

function checked(sealed: string): string {
  if (isAcceptable(sealed)) return sealed;
  throw new RangeError('Too big to be kept in a shared store');
}
