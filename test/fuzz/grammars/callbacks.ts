import fc from 'fast-check';
import { words } from '../support/words.js';
import { type Edits, edited, edits } from './edits.js';
import { type Changes, changes } from './json.js';
import { returnTo } from './return-to.js';

/** What is done to the answer that comes by way of the browser. */
type Tampering =
  | { readonly drop: string }
  | { readonly add: string; readonly value: string }
  | { readonly twice: string }
  | { readonly ofAnother: 'code' | 'state' }
  | { readonly edit: string; readonly edits: Edits };

/** One sign-in, and what goes wrong with it. */
export interface SignInCase {
  readonly returnTo: string | undefined;
  readonly method: string;
  readonly tampering: readonly Tampering[];
  /** Of the whole query, as it is written. */
  readonly queryEdits: Edits;
  readonly idToken: { readonly claims: Changes; readonly edits: Edits };
}

const PARAMETERS = ['code', 'state', 'iss'];
const MORE = [
  'error',
  'error_description',
  'response',
  'id_token',
  'access_token',
  'session_state',
  '__proto__',
  'state[]',
];
const VALUES = [
  '',
  'x',
  'access_denied',
  'x\r\ny',
  '\u001b[31m',
  'https://evil.example',
  'a'.repeat(3_000),
  '[object Object]',
];
const ID_CLAIMS = words('iss aud azp exp iat nbf nonce sub auth_time at_hash s_hash');
const ID_VALUES = [
  'https://evil.example',
  ['web'],
  ['web', 'other'],
  'web',
  'other',
  1,
  9_999_999_999,
  'alice',
  '',
];

const NONE: Changes = { set: {}, without: [] };

const tampering: fc.Arbitrary<Tampering> = fc.oneof(
  fc.record({ drop: fc.constantFrom(...PARAMETERS) }),
  fc.record({ add: fc.constantFrom(...PARAMETERS, ...MORE), value: fc.constantFrom(...VALUES) }),
  fc.record({ twice: fc.constantFrom(...PARAMETERS) }),
  fc.record({ ofAnother: fc.constantFrom('code' as const, 'state' as const) }),
  fc.record({ edit: fc.constantFrom(...PARAMETERS), edits: edits() }),
);

export const signInCase: fc.Arbitrary<SignInCase> = fc.record({
  returnTo: fc.option(returnTo, { nil: undefined }),
  method: rarely('GET', fc.constantFrom('POST', 'HEAD', 'PUT')),
  tampering: rarely([], fc.array(tampering, { minLength: 1, maxLength: 2 }), 1),
  queryEdits: rarely([], edits(undefined, 2)),
  idToken: rarely(
    { claims: NONE, edits: [] },
    fc.record({ claims: changes(ID_CLAIMS, ID_VALUES, 2), edits: rarely([], edits(undefined, 1)) }),
  ),
});

/** What a browser brings back. */
export interface Answered {
  readonly code: string;
  readonly state: string;
  readonly iss: string;
}

export function queryOf(one: SignInCase, own: Answered, other: Answered): string {
  const query = new URLSearchParams({ ...own });
  for (const how of one.tampering) tamper(query, how, other);
  return edited(query.toString(), one.queryEdits).replace(/[\s#]/g, '_');
}

function tamper(query: URLSearchParams, how: Tampering, other: Answered): void {
  if ('drop' in how) query.delete(how.drop);
  else if ('add' in how) query.append(how.add, how.value);
  else if ('twice' in how) query.append(how.twice, query.get(how.twice) ?? '');
  else if ('ofAnother' in how) query.set(how.ofAnother, other[how.ofAnother]);
  else query.set(how.edit, edited(query.get(how.edit) ?? '', how.edits));
}

function rarely<T>(mostly: T, otherwise: fc.Arbitrary<T>, weight = 1): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: fc.constant(mostly), weight: 3 }, { arbitrary: otherwise, weight });
}
