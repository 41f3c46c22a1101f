import fc from 'fast-check';
import { words } from '../support/words.js';
import { edited, edits, headerLetters } from './edits.js';

/** A challenge as it is meant: the scheme and its parameters, names in lower case. */
export interface MeantChallenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const SCHEMES = ['Bearer', 'DPoP', 'Basic', 'Digest', 'bearer', 'Negotiate'];
const NAMES = words(
  'realm error error_description error_uri scope algs acr_values resource_metadata __proto__ constructor',
);
const VALUES = [
  '',
  'invalid_token',
  'insufficient_scope',
  'use_dpop_nonce',
  'a b c',
  'x, Bearer error="invalid_token"',
  '\\',
  '"',
  'a'.repeat(300),
  '\u001b[31m',
];

const text = fc.oneof(fc.constantFrom(...VALUES), fc.string({ maxLength: 12 }));

export const meantChallenges: fc.Arbitrary<readonly MeantChallenge[]> = fc.array(
  fc.record({
    scheme: fc.constantFrom(...SCHEMES),
    parameters: fc.dictionary(fc.constantFrom(...NAMES), text, { maxKeys: 4 }),
  }),
  { maxLength: 5 },
);

/** As RFC 9110 section 11.6.1 writes it. */
export function written(all: readonly MeantChallenge[]): string {
  const quoted = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;
  return all
    .map(({ scheme, parameters }) => {
      const list = Object.entries(parameters).map(([name, value]) => `${name}=${quoted(value)}`);
      return [scheme, list.join(', ')].filter((part) => part !== '').join(' ');
    })
    .join(', ');
}

/** Values of `WWW-Authenticate` that nobody means. */
export const hostileChallenge: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(meantChallenges, edits(headerLetters))
    .map(([all, changes]) => edited(written(all), changes)),
  fc.array(headerLetters, { maxLength: 40 }).map((all) => all.join('')),
  // Each with a name of its own.
  fc
    .integer({ min: 1, max: 2_000 })
    .map((count) => `Bearer ${Array.from({ length: count }, (_, n) => `p${n}=v`).join(',')}`),
  fc
    .record({
      part: fc.constantFrom('"', '\\"', 'a=', ',', 'Bearer ', 'a="b",', '= ', '"\\', 'Bearer a="'),
      times: fc.constantFrom(10, 1_000, 20_000),
    })
    .map(({ part, times }) => part.repeat(times)),
);
