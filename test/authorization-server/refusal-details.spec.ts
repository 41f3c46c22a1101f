import { refusalDetails, refusalMembers } from '../../lib/authorization-server/refusal-details.js';

const detailsOf = (body: Record<string, unknown>, secrets: string[] = []) =>
  refusalDetails(refusalMembers(body), secrets);
const claims = '{"access_token":{"capolids":{"essential":true,"values":["c1"]}}}';

describe('what a refusal says besides', () => {
  it('is kept by its names, frozen', () => {
    const said = {
      claims,
      suberror: 'basic_action',
      error_codes: [50076],
      error_uri: 'https://login.example.com/error?code=50076',
      trace_id: '0aeb36ef-9d6f-4a4c-9ef6-3d3b7fb1e3e3',
      correlation_id: 'c-4711',
    };
    const details = detailsOf({ ...said, error: 'invalid_grant', timestamp: 'now', other: 1 });
    expect(details).toEqual(said);
    expect(Object.isFrozen(details)).toBe(true);
    expect(Object.isFrozen(details.error_codes)).toBe(true);
  });

  it('has claims on one line, whichever way they came', () => {
    expect(detailsOf({ claims: JSON.parse(claims) as object })).toEqual({ claims });
    expect(detailsOf({ claims: claims.replaceAll(':', ' :\r\n') })).toEqual({ claims });
  });

  it.each<[string, Record<string, unknown>]>([
    ['claims that are no JSON', { claims: 'a" injected="b' }],
    ['claims that are a list', { claims: '[1]' }],
    ['claims that are too long', { claims: JSON.stringify({ a: 'x'.repeat(4_096) }) }],
    ['claims that move the cursor', { claims: '{"a":"\u001b[31m\u202e"}' }],
    ['a suberror of several lines', { suberror: 'a\nb' }],
    ['a suberror that is too long', { suberror: 'x'.repeat(101) }],
    ['a suberror that is no text', { suberror: { a: 1 } }],
    ['codes that are no numbers', { error_codes: ['50076', null, 1.5, {}] }],
    ['codes that are no list', { error_codes: 50076 }],
    ['a page that is a script', { error_uri: 'javascript:alert(1)' }],
    ['a page with a password', { error_uri: 'https://user:password@example.com' }],
    ['a page that is no URL', { error_uri: '/error' }],
    ['an id with a space', { trace_id: 'a b', correlation_id: '' }],
  ])('is not %s', (_case, body) => {
    const details = detailsOf(body);
    expect(JSON.stringify(details)).not.toMatch(/\\u001b|\u202e/);
    expect(details).toEqual({});
  });

  it('is left out where it repeats a secret', () => {
    const body = { suberror: 'x-s3cret-x', correlation_id: 'fine', claims: '{"a":"s3cret"}' };
    expect(detailsOf(body, ['s3cret'])).toEqual({ correlation_id: 'fine' });
  });

  it('has ten codes at most', () => {
    const error_codes = Array.from({ length: 50 }, (_, index) => index);
    expect(detailsOf({ error_codes }).error_codes).toHaveLength(10);
  });
});
