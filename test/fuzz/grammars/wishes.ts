import fc from 'fast-check';

/** What a call may ask for. */
export interface Wish {
  readonly scope?: string | string[];
  readonly resource?: string | string[];
  readonly audience?: string;
  readonly parameters?: Record<string, string>;
}

// Few, and such as run into one another where they are only put one after the other.
const scope = fc.constantFrom('a', 'b', 'a b', 'b a', 'ab', 'a,b', 'a|b');
const url = fc.constantFrom('urn:a', 'urn:b', 'urn:a,urn:b', 'urn:a&resource=urn:b');
const text = fc.constantFrom('', 'a', 'b', 'a=b', 'a&b=c', '","', '["a"]', 'null');

export const wish: fc.Arbitrary<Wish> = fc.record(
  {
    scope: fc.oneof(scope, fc.array(scope, { maxLength: 3 })),
    resource: fc.oneof(url, fc.array(url, { maxLength: 2 })),
    audience: fc.constantFrom('a', 'b', 'a=b', '","'),
    parameters: fc.dictionary(fc.constantFrom('a', 'b', 'x', 'y'), text, { maxKeys: 3 }),
  },
  { requiredKeys: [] },
);

/** What all wishes that mean the same have in common, and no others. */
export function meaningOf({
  scope: scopes = [],
  resource = [],
  audience,
  parameters = {},
}: Wish): string {
  const words = [...new Set([scopes].flat().flatMap((one) => one.split(' ')))].filter(Boolean);
  return meaning(words, [resource].flat(), audience, Object.entries(parameters));
}

/** The same of a form that came to the token endpoint. */
export function meaningOfForm(form: URLSearchParams): string {
  const own = [...form].filter(
    ([name]) => !['grant_type', 'scope', 'resource', 'audience'].includes(name),
  );
  return meaning(
    (form.get('scope') ?? '').split(' ').filter(Boolean),
    form.getAll('resource'),
    form.get('audience') ?? undefined,
    own,
  );
}

function meaning(
  scopes: readonly string[],
  resources: readonly string[],
  audience: string | undefined,
  own: [string, string][],
): string {
  return JSON.stringify([
    scopes.toSorted(),
    resources.toSorted(),
    audience ?? null,
    own.map((one) => JSON.stringify(one)).toSorted(),
  ]);
}
