import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { ScriptedAnswer } from '../support/scripted-server.js';
import { type Edits, edited, edits, flipped } from './edits.js';

/** How an answer is spoiled on its way. Without anything it is the answer that it was. */
export interface Spoiling {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body:
    | { readonly as: 'is' | 'bom' | 'utf-16' | 'gzip' | 'empty' }
    | { readonly edits: Edits }
    | { readonly bit: number }
    | { readonly cutTo: number }
    | { readonly text: string };
  readonly ending: ScriptedAnswer['ending'];
}

const STATUSES = [
  200, 200, 201, 202, 204, 205, 206, 301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 408, 413,
  418, 429, 500, 502, 503, 599,
];
const HEADERS: Record<string, readonly string[]> = {
  'content-type': [
    'application/json',
    'text/html',
    '',
    'application/json;charset=utf-16',
    `x/${'y'.repeat(500)}`,
    'application/jwt',
  ],
  'content-encoding': [
    'gzip',
    'br',
    'deflate',
    'gzip, gzip',
    'zstd',
    'x',
    'identity',
    Array(9).fill('gzip').join(','),
  ],
  'retry-after': ['0', '1', '-1', '99999999', 'Wed, 21 Oct 2099 07:28:00 GMT', 'x', '1e9'],
  'dpop-nonce': ['n', '', 'a b', 'x'.repeat(3_000), 'é'],
  'cache-control': [
    'max-age=0',
    'max-age=999999999',
    'max-age=-1',
    'max-age="60"',
    'no-store',
    'x'.repeat(2_000),
  ],
  'content-length': ['0', '5'],
  'set-cookie': ['a=b', '\u0001'],
  date: ['x', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Fri, 31 Dec 9999 23:59:59 GMT'],
  location: ['/other', '//evil.example', 'http://169.254.169.254/', 'file:///etc/passwd', '\u0001'],
};

export const header: fc.Arbitrary<Record<string, string>> = fc
  .constantFrom(...Object.entries(HEADERS))
  .chain(([name, values]) => fc.constantFrom(...values).map((value) => ({ [name]: value })));

/** @param texts whole bodies that are worth trying */
export function spoiling(...texts: fc.Arbitrary<string>[]): fc.Arbitrary<Spoiling> {
  const body: fc.Arbitrary<Spoiling['body']> = fc.oneof(
    { arbitrary: fc.constant({ as: 'is' as const }), weight: 8 },
    {
      arbitrary: fc.record({
        as: fc.constantFrom('bom' as const, 'utf-16' as const, 'gzip' as const, 'empty' as const),
      }),
      weight: 1,
    },
    { arbitrary: fc.record({ edits: edits() }), weight: 1 },
    { arbitrary: fc.record({ bit: fc.nat(4_000) }), weight: 1 },
    { arbitrary: fc.record({ cutTo: fc.nat(200) }), weight: 1 },
    ...texts.map((text) => ({ arbitrary: fc.record({ text }), weight: 1 })),
  );
  return fc.record({
    status: fc.oneof(
      { arbitrary: fc.constant(undefined), weight: 2 },
      { arbitrary: fc.constantFrom(...STATUSES), weight: 1 },
    ),
    headers: fc.oneof(
      { arbitrary: fc.constant({}), weight: 2 },
      {
        arbitrary: fc
          .array(header, { maxLength: 2 })
          .map((all) => Object.assign({}, ...all) as Record<string, string>),
        weight: 1,
      },
    ),
    body,
    ending: fc.oneof(
      { arbitrary: fc.constant('whole' as const), weight: 20 },
      {
        arbitrary: fc.constantFrom('cut' as const, 'reset' as const, 'garbage' as const),
        weight: 1,
      },
    ),
  });
}

export function spoilt(answer: ScriptedAnswer, how: Spoiling): ScriptedAnswer {
  const encoding = 'as' in how.body && how.body.as === 'gzip' ? { 'content-encoding': 'gzip' } : {};
  return {
    status: how.status ?? answer.status,
    headers: { ...answer.headers, ...encoding, ...how.headers },
    body: spoiltBody(answer.body, how.body),
    ending: how.ending,
  };
}

function spoiltBody(body: Buffer, how: Spoiling['body']): Buffer {
  if ('edits' in how) return Buffer.from(edited(body.toString('utf8'), how.edits));
  if ('bit' in how) return flipped(body, how.bit);
  if ('cutTo' in how) return body.subarray(0, how.cutTo);
  if ('text' in how) return Buffer.from(how.text);
  switch (how.as) {
    case 'is':
      return body;
    case 'bom':
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
    case 'utf-16':
      return Buffer.from(body.toString('utf8'), 'utf16le');
    case 'gzip':
      return gzipSync(body);
    default:
      return Buffer.alloc(0);
  }
}
