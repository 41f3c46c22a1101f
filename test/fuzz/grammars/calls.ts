import { Readable } from 'node:stream';
import FormDataPackage from 'form-data';
import fc from 'fast-check';
import type { ScriptedAnswer } from '../support/scripted-server.js';
import { type Spoiling, spoiling } from './answers.js';
import { hostileChallenge, meantChallenges, written } from './challenges.js';

/** One call of a named client, and what the API does with it: one answer for each time that it is sent. */
export interface CallCase {
  readonly client: string;
  readonly method: string;
  readonly body:
    'none' | 'text' | 'json' | 'bytes' | 'form' | 'form-data' | 'package' | 'stream' | 'big stream';
  readonly adapter: 'http' | 'fetch' | 'copy';
  readonly responseType: 'json' | 'text' | 'stream' | 'arraybuffer';
  readonly maxRedirects: number;
  readonly answers: readonly ApiAnswer[];
}

interface ApiAnswer {
  /** Before the body has been read. */
  readonly early: boolean;
  readonly challenge: string | undefined;
  readonly spoiling: Spoiling;
  readonly redirect: 'nowhere' | 'here' | 'elsewhere';
}

const HONEST_CHALLENGES = [
  'Bearer',
  'Bearer error="invalid_token"',
  'Bearer error="insufficient_scope", scope="a b"',
  'DPoP error="use_dpop_nonce"',
  'Bearer error="insufficient_scope", scope="\u001b[31mx"',
];

const challenge = fc.oneof(
  { arbitrary: fc.constantFrom(undefined, ...HONEST_CHALLENGES), weight: 4 },
  { arbitrary: meantChallenges.map(written), weight: 1 },
  { arbitrary: hostileChallenge.map((text) => text.slice(0, 4_000)), weight: 1 },
);

const answer: fc.Arbitrary<ApiAnswer> = fc.record({
  early: fc.boolean(),
  challenge,
  spoiling: fc
    .record({
      spoiling: spoiling(),
      status: fc.constantFrom(
        200,
        200,
        204,
        302,
        307,
        308,
        400,
        401,
        401,
        403,
        403,
        413,
        429,
        500,
        503,
      ),
    })
    .map(({ spoiling: how, status }) => ({ ...how, status })),
  redirect: fc.constantFrom('nowhere' as const, 'here' as const, 'elsewhere' as const),
});

export function callCase(clients: readonly string[]): fc.Arbitrary<CallCase> {
  return fc.record({
    client: fc.constantFrom(...clients),
    method: fc.constantFrom('get', 'post', 'put', 'delete', 'patch', 'head', 'options'),
    body: fc.constantFrom<CallCase['body']>(
      'none',
      'text',
      'json',
      'bytes',
      'form',
      'form-data',
      'package',
      'stream',
      'big stream',
    ),
    adapter: fc.constantFrom<CallCase['adapter']>('http', 'http', 'fetch', 'copy'),
    responseType: fc.constantFrom<CallCase['responseType']>(
      'json',
      'json',
      'text',
      'stream',
      'arraybuffer',
    ),
    maxRedirects: fc.constantFrom(0, 0, 3),
    answers: fc.array(answer, { minLength: 1, maxLength: 3 }),
  });
}

export function bodyOf({ body }: CallCase): unknown {
  switch (body) {
    case 'none':
      return undefined;
    case 'text':
      return 'some text';
    case 'json':
      return { some: ['json', null, 1] };
    case 'bytes':
      return Buffer.alloc(1_000, 'b');
    case 'form':
      return new URLSearchParams({ a: 'b' });
    case 'form-data': {
      const form = new FormData();
      form.append('a', new Blob(['b']), 'b.txt');
      return form;
    }
    case 'package': {
      const form = new FormDataPackage();
      form.append('a', Buffer.from('b'), 'b.txt');
      return form;
    }
    case 'stream':
      return Readable.from([Buffer.from('a'), Buffer.from('b')]);
    default:
      return Readable.from(Array.from({ length: 40 }, () => Buffer.alloc(16_384, 'c')));
  }
}

/** @param places where redirects lead */
export function answerOf(
  { challenge: said, spoiling: how, redirect }: ApiAnswer,
  honest: ScriptedAnswer,
  places: { readonly here: string; readonly elsewhere: string },
): ScriptedAnswer {
  const headers = {
    ...honest.headers,
    ...how.headers,
    ...(said !== undefined && { 'www-authenticate': said }),
    ...(redirect !== 'nowhere' && { location: places[redirect] }),
  };
  return { ...honest, status: how.status ?? honest.status, headers, ending: how.ending };
}
