import { createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { KeyRing, plain, sealerOf } from '../../lib/replicas/key-ring.js';

const newKey = () => randomBytes(32).toString('base64');
const [first, second] = [newKey(), newKey()];
const ring = new KeyRing([first]);
const anyText = fc.string({ unit: 'binary', maxLength: 200 });

/** A value with one bit of its iv, ciphertext or tag turned. */
function turned(sealed: string, bit: number): string {
  const [version, id, payload = ''] = sealed.split('.');
  const bytes = Buffer.from(payload, 'base64url');
  const at = Math.floor(bit / 8) % bytes.length;
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (bit % 8)), at);
  return [version, id, bytes.toString('base64url')].join('.');
}

describe('KeyRing', () => {
  it('opens what it has sealed, for the same place', () => {
    fc.assert(
      fc.property(anyText, anyText, (text, context) => {
        expect(ring.open(ring.seal(text, context), context)).toBe(text);
      }),
    );
  });

  it('opens nothing for another place', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (text, context, other) => {
        fc.pre(context !== other);
        expect(ring.open(ring.seal(text, context), other)).toBeUndefined();
      }),
    );
  });

  it('opens nothing that has a single bit turned', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), (text, bit) => {
        expect(ring.open(turned(ring.seal(text, 'key'), bit), 'key')).toBeUndefined();
      }),
    );
  });

  it('opens nothing that has a single character changed, in whatever part', () => {
    const sealed = ring.seal('text', 'key');
    for (let at = 0; at < sealed.length; at++) {
      for (const character of ['A', 'B', '.', '=', '-', ' ']) {
        const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
        if (changed === sealed) continue;
        expect(ring.open(changed, 'key')).toBeUndefined();
      }
    }
  });

  it('opens nothing that was cut anywhere, or made longer', () => {
    const sealed = ring.seal('text', 'key');
    for (let length = 0; length < sealed.length; length++) {
      expect(ring.open(sealed.slice(0, length), 'key')).toBeUndefined();
    }
    for (const more of ['A', 'AAAA', '=', '.', '.A', '\n']) {
      expect(ring.open(sealed + more, 'key')).toBeUndefined();
    }
  });

  it('has a format that anybody can read who has the key', () => {
    const [version, id, payload = ''] = ring.seal('text', 'key').split('.');
    const of = (purpose: string, bytes: number) =>
      Buffer.from(
        hkdfSync(
          'sha256',
          Buffer.from(first, 'base64'),
          '',
          `nestjs-access-tokens v1 ${purpose}`,
          bytes,
        ),
      );
    expect([version, id]).toEqual(['v1', of('key id', 8).toString('base64url')]);
    const bytes = Buffer.from(payload, 'base64url');
    expect(bytes).toHaveLength(12 + 'text'.length + 16);
    const decipher = createDecipheriv('aes-256-gcm', of('encryption', 32), bytes.subarray(0, 12), {
      authTagLength: 16,
    });
    decipher.setAAD(Buffer.from(JSON.stringify(['v1', id, 'key'])));
    decipher.setAuthTag(bytes.subarray(-16));
    expect(decipher.update(bytes.subarray(12, -16)).toString() + decipher.final().toString()).toBe(
      'text',
    );
  });

  it('never uses an initialization vector twice', () => {
    const sealed = Array.from({ length: 1000 }, () => ring.seal('text', 'key'));
    const vectors = sealed.map((value) =>
      Buffer.from(value.split('.')[2] ?? '', 'base64url').toString('hex', 0, 12),
    );
    expect(new Set(vectors).size).toBe(1000);
  });

  it('encrypts with the first key and opens with all: a new key goes in front', () => {
    const before = ring.seal('text', 'key');
    const rotated = new KeyRing([second, first]);
    expect(rotated.open(before, 'key')).toBe('text');
    const after = rotated.seal('text', 'key');
    expect(new KeyRing([second]).open(after, 'key')).toBe('text');
    expect(ring.open(after, 'key')).toBeUndefined();
    expect(new KeyRing([second]).open(before, 'key')).toBeUndefined();
  });

  it('does not believe a value that names another of its keys', () => {
    const both = new KeyRing([second, first]);
    const [, ofSecond = ''] = both.seal('text', 'key').split('.');
    const [version, , payload = ''] = ring.seal('text', 'key').split('.');
    expect(both.open([version, ofSecond, payload].join('.'), 'key')).toBeUndefined();
  });

  it('takes one key in base64 and base64url for the same', () => {
    const bytes = Buffer.alloc(32, Buffer.from([0xfb, 0xff, 0x01]));
    const sealed = new KeyRing([bytes.toString('base64')]).seal('text', 'key');
    expect(sealed).toMatch(/^v1\./);
    for (const key of [bytes.toString('base64url'), `${bytes.toString('base64url')}=`]) {
      expect(new KeyRing([key]).open(sealed, 'key')).toBe('text');
    }
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['an object', { sealed: 'v1' }],
    ['a list', ['v1']],
    ['an empty text', ''],
    ['the text itself', 'text'],
    ['more than a megabyte', ring.seal('x'.repeat(700_000), 'key') + 'A'.repeat(100_000)],
    ['another version', ring.seal('text', 'key').replace('v1.', 'v2.')],
    ['a plain value', plain.seal('text', 'key')],
  ])('opens nothing else: %s', (_case, value) => {
    expect(ring.open(value, 'key')).toBeUndefined();
  });

  it('seals nothing that it would not open', () => {
    expect(() => ring.seal('x'.repeat(1_000_000), 'key')).toThrow(RangeError);
  });

  it('shows nothing of its keys', () => {
    const shown = inspect(ring, { depth: 9, showHidden: true }) + JSON.stringify(ring);
    expect(shown).toBe('KeyRing {}{}');
  });

  it.each<[string, string[]]>([
    ['no key', []],
    ['a key that is too short', [randomBytes(31).toString('base64')]],
    ['a key with a line break', [`${first}\n`]],
  ])('is not made of %s', (_case, keys) => {
    expect(() => new KeyRing(keys)).toThrow(TypeError);
  });
});

describe('the plain sealer', () => {
  it('gives back what it has marked, and opens nothing else', () => {
    expect(plain.seal('text', 'key')).toBe('v0.key text');
    expect(plain.open('v0.key text', 'key')).toBe('text');
    const elsewhere = ['v0.other text', 'v0.key2 text', 'v0.text', 'v0.key'];
    for (const value of [...elsewhere, 'text', '', undefined, 7, ring.seal('text', 'key')]) {
      expect(plain.open(value, 'key')).toBeUndefined();
    }
    expect(plain.open(`v0.key ${'x'.repeat(1_000_000)}`, 'key')).toBeUndefined();
  });

  it('is there only where encryption was turned off', () => {
    expect(sealerOf('none')).toBe(plain);
    expect(sealerOf([first]).open(ring.seal('text', 'key'), 'key')).toBe('text');
  });
});
