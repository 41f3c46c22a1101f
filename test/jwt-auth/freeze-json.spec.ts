import { frozenJson } from '../../lib/jwt-auth/verification/freeze-json.js';

describe('a frozen copy of a JSON object', () => {
  const copyOf = (text: string) => frozenJson(JSON.parse(text) as Record<string, unknown>);

  it.each([
    '{}',
    '{"a":1,"b":"c","d":null,"e":true,"f":[],"g":{}}',
    '{"2":"b","1":"a","z":0,"a":[[1,[2]],{"b":[{"c":null}]}]}',
    '{"__proto__":{"a":1},"constructor":1,"toString":"x","hasOwnProperty":[]}',
    '{"":{"":[""]}}',
  ])('says the same: %s', (text) => {
    expect(JSON.stringify(copyOf(text))).toBe(JSON.stringify(JSON.parse(text)));
  });

  it('is frozen, and its objects have no prototype, at all depths', () => {
    const seen: unknown[] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      seen.push(value);
      expect(Object.isFrozen(value)).toBe(true);
      expect(Object.getPrototypeOf(value)).toBe(Array.isArray(value) ? Array.prototype : null);
      Object.values(value).forEach(walk);
    };
    walk(copyOf('{"a":{"b":[{"c":{}},[{}]]},"__proto__":{"d":{}}}'));
    expect(seen).toHaveLength(9);
  });

  it('has what is called like the prototype as a member like any other', () => {
    const copy = copyOf('{"__proto__":{"admin":true}}');
    expect(copy?.['admin']).toBeUndefined();
    expect(Object.keys(copy ?? {})).toEqual(['__proto__']);
  });

  it.each([
    ['{"a":', '}'],
    ['[', ']'],
  ])('is not made of what is nested too deeply: %s', (start, end) => {
    const nested = (depth: number) => `{"a":${start.repeat(depth)}1${end.repeat(depth)}}`;
    expect(copyOf(nested(64))).toBeDefined();
    expect(copyOf(nested(65))).toBeUndefined();
    expect(copyOf(nested(4_000))).toBeUndefined();
  });

  it('is not made where a part in the middle is nested too deeply', () => {
    expect(copyOf(`{"a":1,"b":[1,${'['.repeat(70)}${']'.repeat(70)},2],"c":3}`)).toBeUndefined();
  });
});
