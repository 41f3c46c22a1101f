import type { InvalidTokenReason } from 'nestjs-access-tokens';
import { InvalidTokenError } from '../../lib/jwt-auth/errors.js';
import { resolveOptions } from '../../lib/jwt-auth/options/resolve-options.js';
import { adviceFor } from '../../lib/jwt-auth/refusals/refusal-advice.js';
import { refusedToken } from '../../lib/jwt-auth/refusals/refused-token.js';
import { forge } from '../support/forge.js';

const TENANT = '11111111-2222-3333-4444-555555555555';
const ENTRA = `https://login.microsoftonline.com/${TENANT}/v2.0`;
const KEYCLOAK = 'https://id.example.com/realms/demo';

interface Given {
  issuer?: string;
  /** Of many. */
  issuers?: string[];
  audience?: string | string[];
  header?: object;
}

function advice(
  reason: InvalidTokenReason,
  token: string | object,
  { issuer = KEYCLOAK, issuers, audience = 'orders', header = {} }: Given = {},
): string {
  const raw = typeof token === 'string' ? token : forge({ alg: 'RS256', ...header }, token);
  const options = resolveOptions(issuers ? { issuers, audience } : { issuer, audience });
  return adviceFor(refusedToken(raw, new InvalidTokenError(reason, 'x'), options))?.text ?? '';
}

describe('the advice about a token', () => {
  it.each([
    ['undefined', 'The client has no token'],
    ['null', 'The client has no token'],
    ['a..b.c.d', 'encrypted (five parts)'],
    ['a.b.c.d.e', 'encrypted (five parts)'],
    ['ory_at_8mLyM0xk2v7F3W1Zq0.abc-def', 'strategies.access_token'],
    ['authelia_at_abc.def', 'access_token_signed_response_alg'],
    ['ya29.A0ARrdaM8x', 'Google or GitHub'],
    ['gho_16C7e42F292c6912E7710c838347Ae178B4a', 'Google or GitHub'],
    ['8mLyM0xk2v7F3W1Zq0', 'no JWT but an opaque token'],
    ['a.b', 'no JWT but an opaque token'],
  ])('that cannot be read (%s)', (raw, expected) => {
    expect(advice('malformed', raw)).toContain(expected);
    expect(advice('malformed', raw)).not.toContain(raw.length > 9 ? raw : 'nothing');
  });

  it('says nothing where the reason says it all', () => {
    expect(advice('malformed', { sub: 'a' })).toBe('');
    expect(advice('claims', { sub: 'a' })).toBe('');
  });

  it.each<[string, object, Given, string]>([
    ['the slash', { iss: `${KEYCLOAK}/` }, {}, `Set issuer to "${KEYCLOAK}/".`],
    [
      'version 1.0 of Entra',
      { iss: `https://sts.windows.net/${TENANT}/`, ver: '1.0' },
      { issuer: ENTRA },
      'requestedAccessTokenVersion to 2',
    ],
    [
      'version 2.0 of Entra',
      { iss: ENTRA, ver: '2.0' },
      { issuer: `https://sts.windows.net/${TENANT}/` },
      'version 2.0 of Microsoft Entra',
    ],
    ...['common', 'organizations', 'consumers'].map((name): [string, object, Given, string] => [
      `all tenants (${name})`,
      { iss: ENTRA },
      { issuer: `https://login.microsoftonline.com/${name}/v2.0` },
      'Give resolveIssuer',
    ]),
    [
      'a tenant by version 1.0',
      { iss: `https://sts.windows.net/${TENANT}/` },
      { issuer: 'https://login.microsoftonline.com/common/v2.0' },
      'Give resolveIssuer',
    ],
    [
      'B2C',
      { iss: `https://shop.b2clogin.com/${TENANT}/v2.0/` },
      { issuer: 'https://shop.b2clogin.com/shop.onmicrosoft.com/B2C_1_susi/v2.0' },
      'Azure AD B2C',
    ],
    [
      'another name of the server',
      { iss: 'http://localhost:8080/realms/demo' },
      {},
      'If both are names of the same server',
    ],
    ['/auth', { iss: 'https://id.example.com/auth/realms/demo' }, {}, 'older Keycloak'],
    [
      'the org server of Okta',
      { iss: 'https://dev-1.okta.com' },
      {},
      'custom authorization server',
    ],
    [
      'Microsoft Graph',
      { iss: `https://sts.windows.net/${TENANT}/` },
      { issuer: ENTRA, header: { nonce: 'n' } },
      'only Graph can check',
    ],
    ['anybody', { iss: 'https://id.example.org' }, {}, 'name it in issuer or issuers'],
    ['nobody', {}, {}, 'name it in issuer or issuers'],
  ])('of another issuer: %s', (_, claims, given, expected) => {
    expect(advice('issuer', claims, given)).toContain(expected);
  });

  it.each<[string, object, string]>([
    ['none', {}, 'put this API ("orders" or "ledger") into aud'],
    ['an empty list', { aud: [] }, 'put this API ("orders" or "ledger") into aud'],
    [
      'none, Cognito',
      { token_use: 'access', client_id: 'web' },
      "audienceClaims to ['aud', 'client_id']",
    ],
    ['none, Keycloak', { typ: 'Bearer' }, 'add an audience mapper for "orders" or "ledger"'],
    ['none, Keycloak with roles', { realm_access: { roles: [] } }, 'add an audience mapper'],
    ['account', { aud: 'account' }, "Never set audience to 'account'"],
    ['account among others', { aud: ['realm-management', 'account'] }, 'add an audience mapper'],
    ['the slash', { aud: ['other', 'orders/'] }, 'by the trailing slash only'],
    ['Entra', { aud: 'api://orders', tid: TENANT, ver: '1.0' }, 'application ID URI'],
    ['Graph', { aud: 'https://graph.microsoft.com', tid: TENANT, ver: '1.0' }, 'only Graph'],
    ['userinfo of Auth0', { aud: ['https://t.auth0.com/userinfo'] }, 'by the parameter audience'],
    ['the API of Auth0', { aud: 'https://t.auth0.com/api/v2/' }, 'by the parameter audience'],
    ['the default of Okta', { aud: 'api://default' }, "authorization server 'default' of Okta"],
    ['any other', { aud: 'billing' }, 'ask for a token for this API'],
  ])('for another audience: %s', (_, claims, expected) => {
    const given = { audience: ['orders', 'ledger'] };
    expect(advice('audience', { iss: KEYCLOAK, ...claims }, given)).toContain(expected);
  });

  it.each<[InvalidTokenReason, object, object, string]>([
    ['algorithm', {}, { alg: 'HS256' }, 'a shared secret'],
    ['algorithm', {}, { alg: 'none' }, 'add it to algorithms'],
    ['key', { tid: TENANT, ver: '2.0' }, {}, '/discovery/v2.0/keys?appid='],
    ['key', {}, {}, 'another environment or realm'],
    ['signature', {}, {}, 'another environment or realm'],
    ['signature', {}, { nonce: 'n' }, 'only Graph can check'],
    ['kind', { nonce: 'n' }, {}, 'an ID token'],
    ['kind', { token_use: 'id' }, {}, 'an ID token'],
    ['kind', {}, { typ: 'id+jwt' }, 'an ID token'],
    ['kind', { typ: 'Refresh' }, {}, 'a refresh token'],
    ['kind', { scope: 'a' }, { typ: 'JWT' }, "profile to 'auto'"],
    ['kind', {}, {}, 'send the access token'],
    ['binding', { cnf: {} }, {}, 'DPoP or mutual TLS'],
    ['too_large', {}, {}, 'leave groups'],
  ])('refused for %s: %j %j', (reason, claims, header, expected) => {
    expect(advice(reason, claims, { header })).toContain(expected);
  });

  describe('of one of many issuers', () => {
    const issuers = Array.from({ length: 2_000 }, (_, i) => `${KEYCLOAK}-${i}`);

    it('knows any of them that differs by a slash', () => {
      for (const known of [0, 9, 10, 1_999])
        expect(advice('issuer', { iss: `${KEYCLOAK}-${known}/` }, { issuers })).toContain(
          `Set issuer to "${KEYCLOAK}-${known}/"`,
        );
    });

    it('looks at no more of them than at a few', () => {
      const parsed = jest.spyOn(URL, 'canParse');
      advice(
        'issuer',
        { iss: 'https://stranger.example.com/a' },
        { issuers: issuers.slice(0, 10) },
      );
      const few = parsed.mock.calls.length;
      parsed.mockClear();
      const iss = 'https://stranger.example.com/a';
      const options = resolveOptions({ issuers, audience: 'orders' });
      parsed.mockClear();
      adviceFor(
        refusedToken(
          forge({ alg: 'RS256' }, { iss }),
          new InvalidTokenError('issuer', 'x'),
          options,
        ),
      );
      expect(parsed.mock.calls.length).toBeGreaterThan(0);
      expect(parsed.mock.calls.length).toBeLessThanOrEqual(few);
      parsed.mockRestore();
    });
  });
});
