import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { words } from '../support/words.js';
import { seed } from '../support/settings.js';
import { type Changes, changed, changes, hostileValue, nested } from './json.js';
import { type Spoiling, spoiling } from './answers.js';

/** Documents of an authorization server that are not what they should be. `keys` counts those of the issuer. */
export interface KeyDocuments {
  readonly metadata: Changes;
  readonly metadataSpoiling: Spoiling;
  readonly keys: readonly { readonly of: number; readonly changes: Changes }[];
  readonly wrapped: 'keys' | 'many' | 'bare' | 'key' | { readonly value: unknown };
  readonly keySpoiling: Spoiling;
}

const METADATA_NAMES = [
  'issuer',
  'jwks_uri',
  'token_endpoint',
  'authorization_endpoint',
  'id_token_signing_alg_values_supported',
];
const URLS = [
  'http://169.254.169.254/latest',
  'file:///etc/passwd',
  'data:application/json,{"keys":[]}',
  'ftp://x',
  '//x',
  'javascript:1',

  'http://[::1]:1/',
  'https://user:password@127.0.0.1/',
  'http://127.0.0.1@evil.example/',
  'http://evil.example/jwks',
];
const KEY_NAMES = words('kty crv n e x y kid alg use key_ops x5c x5u d k ext');
const random = (bytes: number): string =>
  createHash('shake256', { outputLength: bytes }).update(String(seed)).digest('base64url');
const KEY_VALUES = [
  'RSA',
  'EC',
  'OKP',
  'oct',
  'P-256',
  'P-384',
  'secp256k1',
  'Ed25519',
  'X25519',
  'AQAB',
  'Aw',
  'AQ',
  'AA',

  'sig',
  'enc',
  ['verify'],
  ['sign'],
  'none',
  'HS256',
  'RS256',
  'ES256',
  'EdDSA',
  'A'.repeat(70_000),
  random(256),
  random(32),
  random(2_048),
  'A'.repeat(43),
];

/** @param urls that may be told of, beside those that lead away */
export function keyDocuments(urls: readonly string[] = []): fc.Arbitrary<KeyDocuments> {
  const honest = { arbitrary: fc.constant<Changes>({ set: {}, without: [] }), weight: 3 };
  const key = fc.record({
    of: fc.nat(9),
    changes: fc.oneof(honest, { arbitrary: changes(KEY_NAMES, KEY_VALUES, 2), weight: 2 }),
  });
  const texts = [
    nested,
    fc.constantFrom('', 'null', '[]', '{"keys":null}', '{"keys":{"length":1}}'),
  ];
  return fc.record({
    metadata: fc.oneof(honest, {
      arbitrary: changes(METADATA_NAMES, [...URLS, ...urls], 2),
      weight: 2,
    }),
    metadataSpoiling: rarely(spoiling(...texts)),
    keys: fc.array(key, { maxLength: 6 }),
    wrapped: fc.oneof(
      { arbitrary: fc.constant('keys' as const), weight: 12 },
      { arbitrary: fc.constantFrom('many' as const, 'bare' as const, 'key' as const), weight: 1 },
      { arbitrary: fc.record({ value: hostileValue }), weight: 1 },
    ),
    keySpoiling: rarely(spoiling(...texts)),
  });
}

/** The key set that is told of. */
export function keySetOf({ keys, wrapped }: KeyDocuments, own: readonly object[]): unknown {
  const list = keys.map(({ of, changes: how }) => changed(own[of % own.length] ?? {}, how));
  if (wrapped === 'many') return { keys: Array.from({ length: 150 }, () => list[0] ?? {}) };
  if (wrapped === 'bare') return list;
  if (wrapped === 'key') return { key: list };
  return wrapped === 'keys' ? { keys: list } : { keys: wrapped.value };
}

const AS_IT_IS: Spoiling = { status: undefined, headers: {}, body: { as: 'is' }, ending: 'whole' };

function rarely(how: fc.Arbitrary<Spoiling>): fc.Arbitrary<Spoiling> {
  return fc.oneof({ arbitrary: fc.constant(AS_IT_IS), weight: 3 }, { arbitrary: how, weight: 1 });
}
