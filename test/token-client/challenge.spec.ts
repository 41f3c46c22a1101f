import fc from 'fast-check';
import { readChallenges } from '../../lib/token-client/calls/challenge-reader.js';

describe('WWW-Authenticate', () => {
  const cases: [string, string, [string, Record<string, string>][]][] = [
    ['a scheme alone', 'Bearer', [['bearer', {}]]],
    ['a parameter', 'Bearer error="invalid_token"', [['bearer', { error: 'invalid_token' }]]],
    [
      'a value without quotes',
      'Bearer error=invalid_token',
      [['bearer', { error: 'invalid_token' }]],
    ],
    [
      'commas inside of quotes',
      'Bearer error_description="expired, sorry, Basic realm=x", error="invalid_token"',
      [['bearer', { error_description: 'expired, sorry, Basic realm=x', error: 'invalid_token' }]],
    ],
    [
      'escapes',
      String.raw`Bearer realm="a \"b\" \\ c"`,
      [['bearer', { realm: String.raw`a "b" \ c` }]],
    ],
    [
      'several challenges',
      'Basic realm="a", Bearer error="invalid_token", scope="x y", DPoP algs="ES256"',
      [
        ['basic', { realm: 'a' }],
        ['bearer', { error: 'invalid_token', scope: 'x y' }],
        ['dpop', { algs: 'ES256' }],
      ],
    ],
    [
      'token68',
      'Negotiate YWJj/+-_.~==, Bearer error="invalid_token"',
      [
        ['negotiate', {}],
        ['bearer', { error: 'invalid_token' }],
      ],
    ],
    [
      'schemes without parameters',
      'NTLM , Bearer',
      [
        ['ntlm', {}],
        ['bearer', {}],
      ],
    ],
    [
      'odd whitespace and empty elements',
      ' ,, \tBearer   realm \t= "a"\t ,,error  =invalid_token ,',
      [['bearer', { realm: 'a', error: 'invalid_token' }]],
    ],
    ['names in any case', 'BEARER Error="invalid_token"', [['bearer', { error: 'invalid_token' }]]],
    ['the first of two values', 'Bearer error="a", error="b"', [['bearer', { error: 'a' }]]],
    ['an empty value', 'Bearer realm="", error=x', [['bearer', { realm: '', error: 'x' }]]],
    [
      'all but a value that is not quoted as it should be',
      'Bearer error_description=The token, error="invalid_token"',
      [['bearer', { error: 'invalid_token' }]],
    ],
    ['nothing behind a quote that is not closed', 'Bearer realm="a, error="x', [['bearer', {}]]],
    ['parameters of no scheme', 'error="invalid_token"', []],
    [
      'names that mean something to JavaScript',
      'Bearer __proto__="a", constructor=b',
      [['bearer', { ['__proto__']: 'a', constructor: 'b' }]],
    ],
    ['nothing at all', '', []],
    ['what is no header', '"=,= é \u0000', []],
  ];

  it.each(cases)('is understood with %s', (_case, header, challenges) => {
    expect(readChallenges([header])).toEqual(
      challenges.map(([scheme, parameters]) => ({ scheme, parameters })),
    );
  });

  it('may come as several headers, of which none goes on with another', () => {
    expect(readChallenges(['Basic realm="a', 'error="b"', 'Bearer error="c"'])).toEqual([
      { scheme: 'basic', parameters: {} },
      { scheme: 'bearer', parameters: { error: 'c' } },
    ]);
  });

  const token = fc.stringMatching(/^[\w!#$%&'*+\-.^`|~]{1,12}$/);
  const gap = fc.stringMatching(/^[ \t]{0,3}$/);
  const value = fc.string({ unit: 'grapheme', maxLength: 20 });
  const challenge = fc.record({
    scheme: token,
    parameters: fc.uniqueArray(fc.tuple(token, value), {
      maxLength: 5,
      selector: ([name]) => name.toLowerCase(),
    }),
  });

  it('is read back as it was written, whatever stands in the values', () => {
    const written = fc.tuple(fc.array(challenge, { maxLength: 4 }), gap, gap);
    fc.assert(
      fc.property(written, ([challenges, before, after]) => {
        const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
        const header = challenges.map(({ scheme, parameters }) => {
          const parts = parameters.map(
            ([name, text]) => `${name}${before}=${after}${quoted(text)}`,
          );
          return `${scheme} ${before}${parts.join(`${after},${before}`)}`;
        });
        expect(readChallenges([header.join(`${before},${after}`)])).toEqual(
          challenges.map(({ scheme, parameters }) => ({
            scheme: scheme.toLowerCase(),
            parameters: Object.fromEntries(
              parameters.map(([name, text]) => [name.toLowerCase(), text]),
            ),
          })),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, and gives schemes in lower case with texts', () => {
    const piece = fc.oneof(
      fc.constantFrom('Bearer ', 'error', '=', '"', '\\', ',', ' ', '\t', 'x'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(fc.array(piece), { maxLength: 3 }), (headers) => {
        for (const { scheme, parameters } of readChallenges(headers.map((one) => one.join('')))) {
          expect(scheme).toBe(scheme.toLowerCase());
          expect(scheme).not.toBe('');
          for (const text of Object.values(parameters)) expect(typeof text).toBe('string');
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    '"',
    '\\',
    ',',
    ' ',
    'a',
    'a ',
    'a=',
    'a,',
    'a="',
    'a="\\',
    'a b ',
    '=',
    'a=b,',
    'a b=c,',
    '"a" ',
  ])('is bounded, however long it is made of %j', (unit) => {
    const found = readChallenges([unit.repeat(2_000_000), `Bearer ${unit.repeat(2_000_000)}`]);
    expect(found.length).toBeLessThanOrEqual(64);
    for (const { scheme, parameters } of found) {
      expect(scheme.length).toBeLessThanOrEqual(16_384);
      expect(Object.keys(parameters).length).toBeLessThanOrEqual(64);
    }
  });
});
