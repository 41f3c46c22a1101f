import { ConfigModule, ConfigService } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import {
  CLAIM_SHAPES,
  ConfigurationError,
  JwtAuthModule,
  type JwtAuthOptions,
  TokenVerifier,
} from 'nestjs-access-tokens';

const issuer = 'https://id.example.com';
const audience = 'https://api.example.com';

async function faultsOf(options: object): Promise<readonly string[]> {
  const start = Test.createTestingModule({
    imports: [JwtAuthModule.forRoot(options)],
  }).compile();
  const error: unknown = await start.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ConfigurationError ? error.problems : [];
}

describe('the options of JwtAuthModule', () => {
  it('are reported together when several are at fault, each with its name and the fix', async () => {
    const start = Test.createTestingModule({
      imports: [
        JwtAuthModule.forRoot({
          protect: 'all',
          clockToleranceSeconds: 900,
        } as unknown as JwtAuthOptions),
      ],
    }).compile();
    await expect(start).rejects.toMatchObject({
      name: 'ConfigurationError',
      code: 'invalid_configuration',
    });
    await expect(start).rejects.toThrow(
      `JwtAuthModule cannot start with these options:
  - issuer: missing. Give one such as 'https://id.example.com'.
  - audience: missing. Give the identifier under which the authorization server knows this API, such as 'https://orders.example.com'.
  - clockToleranceSeconds: 900 is not between 0 and 300. If clocks are further apart, set the clocks right.
  - protect: "all" is unknown. Use 'everything' or 'decorated'.
(see: errors#invalid_configuration)`,
    );
  });

  it.each([
    [
      { issuer: 'id.example.com' },
      "issuer: not an absolute URL. Give one such as 'https://id.example.com'.",
    ],
    [{ issuer: 'http://id.example.com' }, "issuer: 'http://id.example.com' is not https."],
    [{ issuer: 'https://u:p@id.example.com' }, 'issuer: holds a user name or password.'],
    [{ issuer: `${issuer}/?tenant=1` }, 'has a query or a fragment'],
    [{ issuer: 5 }, 'issuer: not an absolute URL.'],
    [
      { issuer: 'accounts.example.com' },
      'If it is a name and no address, say where its keys are: jwksUri, jwks, publicKey or secret.',
    ],
    [{ issuer: `${issuer}\n` }, `issuer: "${issuer}\\n" holds a line break`],
    [{ issuer: `${issuer} ` }, `issuer: "${issuer} " has a blank at its start or its end.`],
    [{ issuer: ` ${issuer}` }, `issuer: " ${issuer}" has a blank at its start or its end.`],
    [
      { issuer: `${issuer}/.well-known/openid-configuration` },
      'is the address of metadata. Leave off /.well-known/',
    ],
    [{ issuer: `${issuer}/.well-known` }, 'is the address of metadata. Leave off /.well-known/'],
    [{ issuer: `${issuer}/{tenantid}/v2.0` }, 'or resolveIssuer for several.'],
    [{ issuer: `${issuer}/%7Btenantid%7D/v2.0` }, 'or resolveIssuer for several.'],
    [{ issuer: `${issuer}\u200b` }, 'b}" holds a character that cannot be seen. Remove it.'],
    [
      { issuer: 'my\u00adservice', secret: 's'.repeat(32) },
      'issuer: "my\\u{ad}service" holds a character that cannot be seen.',
    ],
    [{ audience: 'api\u200b' }, 'audience: "api\\u{200b}" holds a character that cannot be seen.'],
    [{ audience: ['a', '\ufefforders'] }, 'audience: "\\u{feff}orders" holds a character that'],
    [
      { audience: 'api://{clientId}' },
      'audience: "api://{clientId}" is a template. Put the value in the place of what is in braces.',
    ],
    [{ issuer: 'my service ', secret: 's'.repeat(32) }, 'issuer: "my service " has a blank'],
    [{ issuer: '', secret: 's'.repeat(32) }, 'issuer: must be the text that tokens have'],
    [{ issuer: undefined, issuers: [`${issuer}\t`] }, 'issuers[0].issuer: "'],
    [{ audience: 'api\n' }, 'audience: "api\\n" holds a line break'],
    [{ audience: ['api', ' b'] }, 'audience: " b" has a blank at its start or its end.'],
    [{ acceptUnmarkedTokens: 'yes' }, 'acceptUnmarkedTokens: must be true or false.'],
    [{ subjectKind: 'robot' }, "subjectKind: \"robot\" is unknown. Use 'user', 'client', or"],
    [{ subjectKind: ['user'] }, 'subjectKind: ["user"] is unknown.'],
    [{ subjectKind: { users: [] } }, "subjectKind.users: no option. Did you mean 'user'?"],
    [
      { subjectKind: { robot: [] } },
      'subjectKind.robot: no option. Remove it; there are client, user, otherwise.',
    ],
    [{ subjectKind: { otherwise: 'all' } }, 'subjectKind.otherwise: "all" is unknown.'],
    [{ subjectKind: { client: [] } }, 'subjectKind.client: must be a list of signs'],
    [{ subjectKind: { client: ['gty', 'x'] } }, 'subjectKind.client: must be a list of signs'],
    [{ subjectKind: { user: [['sid']] } }, 'subjectKind.user: must be a list of signs'],
    [{ subjectKind: { user: [['sid', null]] } }, 'subjectKind.user: must be a list of signs'],
    [{ subjectKind: { user: [[[], true]] } }, 'subjectKind.user: must be a list of signs'],
    [{ audience: '' }, 'audience: not a name or a list of names.'],
    [{ audience: [] }, 'audience: not a name or a list of names.'],
    [{ audience: [1] }, 'audience: not a name or a list of names.'],
    [
      { requiredScopes: 'a b' },
      "requiredScopes: not a scope or a list of scopes. Write ['a', 'b'], not 'a b'.",
    ],
    [{ algorithms: ['HS256'] }, 'algorithms: must be a list of RS256,'],
    [{ algorithms: ['none'] }, "and 'none' never is."],
    [{ algorithms: [] }, 'algorithms: must be a list of RS256,'],
    [{ scopeClaims: [] }, 'scopeClaims: must be a list of claim names'],
    [{ impliedScopes: ['read'] }, 'impliedScopes: must give a list of scopes for each scope'],
    [{ impliedScopes: { admin: 'read' } }, "such as { admin: ['orders.read'] }."],
    [{ impliedScopes: { admin: [] } }, 'impliedScopes: must give a list of scopes'],
    [{ impliedScopes: { admin: ['read write'] } }, 'impliedScopes: must give a list of scopes'],
    [{ impliedScopes: { 'a b': ['read'] } }, 'impliedScopes: must give a list of scopes'],
    [{ roleClaims: 'roles' }, 'roleClaims: must be a list of claim names, or of paths such as'],
    [{ roleClaims: [] }, 'roleClaims: must be a list of claim names'],
    [{ roleClaims: [[]] }, 'roleClaims: must be a list of claim names'],
    [{ roleClaims: ['roles', ['realm_access', '']] }, 'roleClaims: must be a list of claim names'],
    [{ permissionClaims: [5] }, "such as ['realm_access', 'roles']."],
    [{ strictCoverage: 'yes' }, 'strictCoverage: must be true or false.'],
    [{ clockToleranceSeconds: -1 }, 'clockToleranceSeconds: -1 is not between 0 and 300.'],
    [{ clockToleranceSeconds: Number.NaN }, 'clockToleranceSeconds: NaN is not between 0 and 300.'],
    [{ allowInsecureHttp: 'yes' }, 'allowInsecureHttp: must be true or false.'],
    [{ clock: {} }, 'clock: must have a method now()'],
    [{ maxTokenAgeSeconds: 0 }, 'maxTokenAgeSeconds: 0 is not a number of seconds above zero.'],
    [{ profile: 'strict' }, `profile: "strict" is unknown. Use 'auto' or 'rfc9068'.`],
    [{ warmUp: 'never' }, `warmUp: "never" is unknown. Use 'background' or 'eager' or 'lazy'.`],
    [{ verifiedTokenCacheSize: -1 }, 'verifiedTokenCacheSize: -1 is not a whole number'],
    [{ isRevoked: true }, 'isRevoked: must be a function. Give one, or leave the option out.'],
    [{ claimsSchema: {} }, 'claimsSchema: must be a Standard Schema'],
    [{ jwksUri: 'http://id.example.com/keys' }, "jwksUri: 'http://id.example.com' is not https."],
    [{ jwks: { keys: [] } }, 'jwks: has no public key that can check signatures.'],
    [{ jwks: [] }, 'jwks: must be a key set: { keys: [...] }.'],
    [{ publicKey: 'no PEM' }, 'publicKey: has no public key that can check signatures.'],
    [{ secret: 'short' }, 'secret: must be a text or bytes, at least 32 bytes long.'],
    [{ secret: 's'.repeat(32), algorithms: ['RS256'] }, 'algorithms: with a secret they are HS256'],
    [{ jwksUri: `${issuer}/keys`, jwks: { keys: [] } }, 'jwks: given together with jwksUri.'],
    [{ secret: `-----BEGIN PUBLIC KEY-----\n${'a'.repeat(40)}` }, 'secret: is a key in PEM or JWK'],
    [{ secret: JSON.stringify({ kty: 'RSA', n: 'a'.repeat(40) }) }, 'secret: is a key in PEM'],
    [
      { audienceClaims: [] },
      "audienceClaims: must be a list of claim names or paths, such as ['aud'",
    ],
    [{ audienceClaims: 'azp' }, 'audienceClaims: must be a list of claim names'],
    [{ audienceClaims: [{ path: 'aud', keys: true }] }, 'audienceClaims: must be a list of claim'],
    [{ roleClaims: [{ path: 'roles' }] }, 'Where the names in an object count, write { path,'],
    [{ roleClaims: [{ path: 'roles', keys: false }] }, 'roleClaims: must be a list of claim names'],
    [{ roleClaims: [{ path: '', keys: true }] }, 'roleClaims: must be a list of claim names'],
    [{ jwtFromRequest: 'header' }, 'jwtFromRequest: must be a function.'],
    [{ issuer: undefined, issuers: issuer }, 'issuers: must be a list with at least one issuer.'],
    [{ jwksClient: {} }, 'jwksClient: must be a JwksClient of jwks-rsa'],
    [{ issuers: [issuer] }, 'issuers: given together with issuer. Put all of them into issuers.'],
    [{ issuer: undefined, issuers: [] }, 'issuers: must be a list with at least one issuer.'],
    [
      { issuer: undefined, issuers: [5] },
      'issuers[0]: must be an issuer identifier or the options of one.',
    ],
    [{ issuer: undefined, issuers: ['x'] }, 'issuers[0].issuer: not an absolute URL.'],
    [
      { issuer: undefined, issuers: [{ issuer, profil: 1 }] },
      "issuers[0].profil: no option. Did you mean 'profile'?",
    ],
    [{ issuer: undefined, issuers: [issuer], jwks: { keys: [] } }, 'jwks: belongs to one issuer.'],
    [{ isuer: issuer }, "isuer: no option. Did you mean 'issuer'?"],
    [{ verifiedTokenCachesize: 5 }, "Did you mean 'verifiedTokenCacheSize'?"],
    [{ secretOrKey: 'x' }, 'secretOrKey: no option. Remove it.'],
  ])('%j are a fault of their own', async (given, fault) => {
    const faults = await faultsOf({ issuer, audience, ...given });
    expect(faults.filter((sentence) => sentence.includes(fault))).toHaveLength(1);
  });

  it.each([
    [{ issuer: 'http://127.0.0.1:4000' }],
    [{ issuer: 'http://localhost:4000/realms/a' }],
    [{ issuer: 'http://[::1]:4000' }],
    [{ issuer: 'http://id.internal', allowInsecureHttp: true }],
    [{ issuer: 'my-auth-service', secret: 's'.repeat(32) }],
    [{ issuer: 'kubernetes/serviceaccount', jwksUri: `${issuer}/keys` }],
    [{ issuer: 'urn:example:issuer', jwksUri: `${issuer}/keys` }],
    [{ issuer: 'http://adfs.example.com/adfs/services/trust', jwksUri: `${issuer}/keys` }],
    [{ audience: 'orders of the shop' }],
    [{ audience: ['a', 'b'] }],
    [{ issuer: undefined, issuers: [issuer, { issuer: `${issuer}/b`, audience: 'b' }] }],
    [{ issuer: undefined, resolveIssuer: () => undefined }],
    [{ secret: 's'.repeat(32) }],
    [{ clockToleranceSeconds: 300, requiredScopes: ['a', 'b'], algorithms: ['ES256'] }],
    [{ impliedScopes: { admin: ['read'] }, roleClaims: ['a', ['b', 'c']], strictCoverage: false }],
    [CLAIM_SHAPES.entra],
  ])('%j are fine', async (given) => {
    expect(await faultsOf({ issuer, audience, ...given })).toEqual([]);
  });

  it('may come from a factory', async () => {
    process.env['TEST_ISSUER'] = issuer;
    const module = await Test.createTestingModule({
      imports: [
        JwtAuthModule.forRootAsync({
          imports: [ConfigModule.forRoot({ ignoreEnvFile: true })],
          inject: [ConfigService],
          useFactory: (config: ConfigService) => ({
            issuer: config.getOrThrow('TEST_ISSUER'),
            audience,
          }),
        }),
      ],
    }).compile();
    expect(module.get(TokenVerifier)).toBeInstanceOf(TokenVerifier);
  });

  it('may come from a class, and are checked all the same', async () => {
    class Factory {
      createJwtAuthOptions(): JwtAuthOptions {
        return { audience };
      }
    }
    const start = Test.createTestingModule({
      imports: [JwtAuthModule.forRootAsync({ useClass: Factory })],
    }).compile();
    await expect(start).rejects.toThrow('issuer: missing');
  });
});
