import { InvalidTokenError } from '../../lib/jwt-auth/errors.js';
import { checkAudience, checkBinding } from '../../lib/jwt-auth/verification/check-claims.js';

const refusalOf = (check: () => unknown): string => {
  try {
    return `not refused: ${JSON.stringify(check())}`;
  } catch (error) {
    if (!(error instanceof InvalidTokenError)) throw error;
    return `${error.reason}: ${error.detail}`;
  }
};

describe('checkAudience', () => {
  const rules = { audience: ['api', 'old-api'], audienceClaims: ['aud'] };
  const expected = 'expected "api" or "old-api"';

  it.each<[unknown, string[]]>([
    ['api', ['api']],
    ['old-api', ['old-api']],
    [
      ['other', 'api'],
      ['other', 'api'],
    ],
  ])('takes aud %j, as a list', (aud, audience) => {
    expect(checkAudience({ aud }, rules)).toEqual(audience);
  });

  it.each<[unknown, string]>([
    [undefined, `audience: no aud; ${expected}`],
    ['', `audience: aud "" names nobody; ${expected}`],
    [[], `audience: aud [] names nobody; ${expected}`],
    [null, `audience: aud null names nobody; ${expected}`],
    ['API', `audience: aud "API", ${expected}`],
    ['api ', `audience: aud "api ", ${expected}`],
    [['other'], `audience: aud ["other"], ${expected}`],
    [['api', 5], `audience: aud ["api",5] is not a text; ${expected}`],
    [{ api: true }, `audience: aud {"api":true} is not a text; ${expected}`],
  ])('refuses aud %j', (aud, refusal) => {
    expect(refusalOf(() => checkAudience({ aud }, rules))).toBe(refusal);
  });

  it('goes by the first place that is there', () => {
    const elsewhere = { audience: ['api'], audienceClaims: ['resource', ['ext', 'api']] };
    expect(checkAudience({ ext: { api: 'api' } }, elsewhere)).toEqual(['api']);
    expect(refusalOf(() => checkAudience({ resource: 'x', ext: { api: 'api' } }, elsewhere))).toBe(
      'audience: resource "x", expected "api"',
    );
    expect(refusalOf(() => checkAudience({}, elsewhere))).toBe(
      'audience: no resource; expected "api"',
    );
  });

  it('refuses an aud for somebody else, whatever the other places say', () => {
    const elsewhere = { audience: ['api'], audienceClaims: ['resource'] };
    expect(refusalOf(() => checkAudience({ aud: 'other', resource: 'api' }, elsewhere))).toBe(
      'audience: aud "other", expected "api"',
    );
    expect(checkAudience({ aud: ['api', 'x'], resource: 'api' }, elsewhere)).toEqual(['api']);
  });
});

describe('checkBinding', () => {
  it.each([{ jkt: 'x' }, {}, null, false])('refuses a token with cnf %j', (cnf) => {
    expect(refusalOf(() => checkBinding({ cnf }))).toBe(
      'binding: claim cnf, which cannot be verified here',
    );
  });

  it('lets one without it pass', () => {
    expect(() => checkBinding({ sub: 'alice' })).not.toThrow();
  });
});
