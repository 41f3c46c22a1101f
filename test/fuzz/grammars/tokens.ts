import { createHmac, createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { words } from '../support/words.js';
import { segment } from '../../support/forge.js';
import { publicPart } from '../../support/forge.js';
import type { TestIssuer } from '../support/test-issuer.js';
import { type Edits, edited, edits, flipped } from './edits.js';
import { type Changes, changed, changes, nested } from './json.js';

/** What mutated tokens are made from: good ones, and the issuers that have signed them. */
export interface TokenStock {
  readonly issuers: readonly TestIssuer[];
  readonly good: readonly string[];
  /** In milliseconds. */
  now(): number;
}

/** How a token is made. `of` counts good tokens, `by` issuers, `key` the keys of one; each begins again at the end. */
export type TokenCase =
  | { readonly kind: 'good'; readonly of: number }
  | { readonly kind: 'edited'; readonly of: number; readonly edits: Edits }
  | { readonly kind: 'flipped'; readonly of: number; readonly part: number; readonly bit: number }
  | { readonly kind: 'tail'; readonly of: number; readonly part: number; readonly letter: string }
  | { readonly kind: 'spliced'; readonly of: readonly number[] }
  | {
      readonly kind: 'changed';
      readonly of: number;
      readonly header: Changes;
      readonly claims: Changes;
    }
  | {
      readonly kind: 'signed';
      readonly by: number;
      readonly key: number;
      readonly header: Changes;
      readonly claims: Changes;
    }
  | { readonly kind: 'nested'; readonly of: number; readonly json: string; readonly part: number }
  | { readonly kind: 'confused'; readonly by: number; readonly alg: string; readonly pem: boolean }
  | { readonly kind: 'long'; readonly lengths: readonly number[] }
  | { readonly kind: 'anything'; readonly value: unknown };

const HEADER_NAMES = words('alg typ kid cty crit b64 enc zip jku jwk x5c x5u');
const HEADER_VALUES = [
  'none',
  'None',
  'HS256',
  'RS256',
  'ES256',
  'ES256K',
  'EdDSA',
  'Ed25519',
  'PS512',
  'dir',
  'es256 ',

  'JWT',
  'at+jwt',
  'application/at+jwt',
  'logout+jwt',
  'dpop+jwt',
  'secevent+jwt',
  ['b64'],
  ['exp'],
];
const CLAIM_NAMES = words(
  'iss aud exp nbf iat sub client_id azp scope scp roles jti realm_access cnf typ token_use events nonce at_hash c_hash s_hash amr sid oid gty idtyp token_introspection code state active token_type tokenUse token_kind token_class jwks authority_hints metadata auth_req_id device_code client_notification_token ati redirect_uri',
);
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=';
const HMACS = ['HS256', 'HS384', 'HS512'];

/** @param issuers those that a token may claim to be from */
export function tokenCase(issuers: readonly string[]): fc.Arbitrary<TokenCase> {
  const header = changes(HEADER_NAMES, HEADER_VALUES, 2);
  const claims = changes(CLAIM_NAMES, [
    ...issuers,
    'https://api.example.com',
    ['x'],
    'ID',
    'Refresh',
    'access',
    'refresh_token',
    'id_token',
    'openid',
    1_800_000_000,
  ]);
  const of = fc.nat(99);
  const part = fc.nat(2);
  return fc.oneof(
    fc.record({ kind: fc.constant('good' as const), of }),
    fc.record({ kind: fc.constant('edited' as const), of, edits: edits() }),
    fc.record({ kind: fc.constant('flipped' as const), of, part, bit: fc.nat(4_000) }),
    fc.record({
      kind: fc.constant('tail' as const),
      of,
      part,
      letter: fc.constantFrom(...BASE64URL.split('')),
    }),
    fc.record({ kind: fc.constant('spliced' as const), of: fc.tuple(of, of, of) }),
    fc.record({ kind: fc.constant('changed' as const), of, header, claims }),
    // What only an issuer can make comes furthest.
    {
      arbitrary: fc.record({
        kind: fc.constant('signed' as const),
        by: of,
        key: of,
        header,
        claims,
      }),
      weight: 4,
    },
    fc.record({ kind: fc.constant('nested' as const), of, json: nested, part }),
    fc.record({
      kind: fc.constant('confused' as const),
      by: of,
      alg: fc.constantFrom(...HMACS),
      pem: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('long' as const),
      lengths: fc.array(fc.nat(9_000), { maxLength: 5 }),
    }),
    fc.record({ kind: fc.constant('anything' as const), value: fc.anything() }),
  );
}

export function tokenOf(one: TokenCase, stock: TokenStock): unknown {
  const good = (of: number): string => stock.good[of % stock.good.length] ?? '';
  switch (one.kind) {
    case 'good':
      return good(one.of);
    case 'edited':
      return edited(good(one.of), one.edits);
    case 'flipped':
      return withPart(good(one.of), one.part, (bytes) => flipped(bytes, one.bit));
    case 'tail': {
      const parts = good(one.of).split('.');
      parts[one.part] = `${parts[one.part]?.slice(0, -1)}${one.letter}`;
      return parts.join('.');
    }
    case 'spliced':
      return one.of.map((of, index) => good(of).split('.')[index]).join('.');
    case 'changed': {
      const headed = withPart(good(one.of), 0, (bytes) => changedJson(bytes, one.header));
      return withPart(headed, 1, (bytes) => changedJson(bytes, one.claims));
    }
    case 'signed': {
      const issuer = issuerOf(stock, one.by);
      const header = changed(issuer.header(one.key), one.header);
      return issuer.sign(header, changed(issuer.claims(stock.now()), one.claims), one.key);
    }
    case 'nested':
      return withPart(good(one.of), one.part, () => Buffer.from(one.json));
    case 'confused':
      return confused(issuerOf(stock, one.by), one.alg, one.pem, stock.now());
    case 'long':
      return one.lengths.map((length) => 'a'.repeat(length)).join('.');
    default:
      return one.value;
  }
}

function issuerOf({ issuers }: TokenStock, by: number): TestIssuer {
  return issuers[by % issuers.length] as TestIssuer;
}

/** A token whose secret is the public key of the issuer (RFC 8725 section 2.1). */
function confused(issuer: TestIssuer, alg: string, pem: boolean, now: number): string {
  const jwk = publicPart(issuer.key(1));
  const secret = pem
    ? createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ format: 'pem', type: 'spki' })
    : JSON.stringify(jwk);
  const input = `${segment({ ...issuer.header(1), alg })}.${segment(issuer.claims(now))}`;
  const mac = createHmac(`sha${alg.slice(2)}`, secret)
    .update(input)
    .digest();
  return `${input}.${mac.toString('base64url')}`;
}

function withPart(token: string, part: number, change: (bytes: Buffer) => Buffer): string {
  const parts = token.split('.');
  parts[part] = change(Buffer.from(parts[part] ?? '', 'base64url')).toString('base64url');
  return parts.join('.');
}

function changedJson(bytes: Buffer, how: Changes): Buffer {
  return Buffer.from(JSON.stringify(changed(JSON.parse(bytes.toString()) as object, how)));
}
