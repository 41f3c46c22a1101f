import fc from 'fast-check';
import { type Edits, edited, edits, headerLetters } from './edits.js';

/** A request line and header fields, to be sent as they are. `of` counts good tokens. */
export interface RequestCase {
  readonly method: string;
  readonly path: string;
  readonly fields: readonly FieldCase[];
}

type FieldCase =
  | { readonly name: string; readonly before: string; readonly of: number; readonly after: string }
  | { readonly name: string; readonly of: number; readonly edits: Edits }
  | { readonly name: string; readonly value: string };

const METHODS = [
  'GET',
  'HEAD',
  'OPTIONS',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'TRACE',
  'PROPFIND',
  'get',
  'G=T',
];
const NAMES = ['Authorization', 'authorization', 'AUTHORIZATION', 'aUthorization'];
const OTHER_NAMES = [
  'X-Forwarded-Authorization',
  'Proxy-Authorization',
  '__proto__',
  'constructor',
  'Authorization ',
  'X Y',

  'X-HTTP-Method-Override',
  'X-Forwarded-For',
  'Cookie',
  'Accept',
  'Expect',
  'Host',
  'DPoP',
  'Content-Length',
];
const BEFORE = [
  'Bearer ',
  'bearer ',
  'BEARER  ',
  'Bearer\t',
  'DPoP ',
  'Basic ',
  'Bearer',
  '',
  '"Bearer ',
  'Bearer Bearer ',
  'Bearer access_token=',
];
const AFTER = ['', ' ', '"', ',', ', Bearer x', '=', ' realm="x"', '\t\t'];
const JUNK = [
  'Bearer',
  'Bearer ',
  'Basic Og==',
  'Bearer ..',
  `Bearer ${'a.'.repeat(6_000)}`,
  `Bearer ${'x'.repeat(15_000)}`,
  '0',
  'close',
];

/** @param paths those that mean something to the application */
export function requestCases(paths: readonly string[]): fc.Arbitrary<readonly RequestCase[]> {
  const name = fc.constantFrom(...NAMES);
  const of = fc.nat(99);
  const [honest, nothing] = [fc.constantFrom('Bearer ', 'bearer '), fc.constant('')];
  const anyName = fc.oneof(
    { arbitrary: name, weight: 2 },
    { arbitrary: fc.constantFrom(...OTHER_NAMES), weight: 1 },
  );
  const field: fc.Arbitrary<FieldCase> = fc.oneof(
    fc.record({ name, before: honest, of, after: nothing }),
    fc.record({ name, before: fc.constantFrom(...BEFORE), of, after: nothing }),
    fc.record({ name: anyName, before: honest, of, after: fc.constantFrom(...AFTER) }),
    fc.record({ name, of, edits: edits(headerLetters) }),
    fc.record({ name: anyName, value: fc.oneof(fc.constantFrom(...JUNK), manyLetters) }),
  );
  const method = fc.oneof(
    { arbitrary: fc.constant('GET'), weight: 6 },
    { arbitrary: fc.constantFrom(...METHODS), weight: 1 },
  );
  const given = fc.constantFrom(...paths);
  const path = fc.oneof(
    { arbitrary: given, weight: 4 },
    {
      arbitrary: fc.tuple(given, edits(headerLetters)).map(([text, all]) => edited(text, all)),
      weight: 1,
    },
  );
  const request = fc.record({
    method,
    path,
    fields: fc.oneof(fc.tuple(field), fc.array(field, { maxLength: 3 })),
  });
  // Sent together on one connection.
  return fc.array(request, { minLength: 1, maxLength: 8 });
}

const manyLetters = fc.array(headerLetters, { maxLength: 30 }).map((all) => all.join(''));

export function requestText(
  { method, path, fields }: RequestCase,
  tokens: readonly string[],
): string {
  const line = `${method} ${path.replace(/[\r\n]/g, '')} HTTP/1.1`;
  const lines = fields.map((field) => `${field.name}: ${valueOf(field, tokens)}`);
  return [line, 'Host: api', ...lines, '', ''].join('\r\n');
}

function valueOf(field: FieldCase, tokens: readonly string[]): string {
  if ('value' in field) return field.value;
  const token = tokens[field.of % tokens.length] ?? '';
  if ('edits' in field) return edited(`Bearer ${token}`, field.edits).replace(/[\r\n]/g, ' ');
  return field.before + token + field.after;
}

/**
 * The token in a request as RFC 6750 section 2.1 has it, read from its text alone: the one of the only `Authorization`
 * field; nothing where there is none, more than one, or something else in it.
 */
export function bearerIn(request: string): string | undefined {
  const lines = request.split('\r\n').slice(1);
  const values = lines.flatMap(
    (line) => /^authorization:[ \t]*(.*?)[ \t]*$/is.exec(line)?.[1] ?? [],
  );
  const [value = ''] = values;
  return values.length === 1 ? /^bearer +([\w\-.~+/]+=*)$/i.exec(value)?.[1] : undefined;
}
