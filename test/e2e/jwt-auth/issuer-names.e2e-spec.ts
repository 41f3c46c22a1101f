import { AuthorizationServer } from '../../support/authorization-server.js';
import { forgeSigned, goodClaims, publicPart } from '../../support/forge.js';
import { startProtectedApi } from '../../support/protected-api.js';

/** The value of `iss` is a name, whatever it looks like, where the keys come from elsewhere (RFC 7519 section 4.1.1). */
describe('an issuer whose name is no address', () => {
  let server: AuthorizationServer;

  const sign = (iss: string): string =>
    forgeSigned(
      { typ: 'JWT', alg: 'RS256', kid: server.signingKey.kid },
      goodClaims(iss),
      server.signingKey,
    );

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });

  afterAll(() => server.stop());

  const NAMES = [
    'my-auth-service',
    'my auth service',
    'kubernetes/serviceaccount',
    'urn:example:issuer',
    'accounts.example.com',
    'http://adfs.example.com/adfs/services/trust',
    'https://id.example.com/?tenant=1',
  ];

  it.each(NAMES)('is compared as it stands with keys that are given: %s', async (issuer) => {
    const api = await startProtectedApi({ issuer, publicKey: publicPart(server.signingKey) });
    expect(await api.get('/', sign(issuer))).toMatchObject({ status: 200 });
    for (const other of [`${issuer}/`, `${issuer} `, issuer.toUpperCase(), server.issuer])
      expect(await api.get('/', sign(other))).toMatchObject({ status: 401 });
    await api.close();
  });

  it.each(NAMES)('has its keys fetched from elsewhere: %s', async (issuer) => {
    const api = await startProtectedApi({ issuer, jwksUri: `${server.issuer}/jwks` });
    expect(await api.get('/', sign(issuer))).toMatchObject({ status: 200 });
    await api.close();
  });

  it('may be one of several, beside one that is discovered', async () => {
    const issuers = [{ issuer: 'urn:a', jwksUri: `${server.issuer}/jwks` }, server.issuer];
    const api = await startProtectedApi({ issuers, issuer: undefined as never });
    expect(await api.get('/', sign('urn:a'))).toMatchObject({ status: 200 });
    expect(await api.get('/', sign(server.issuer))).toMatchObject({ status: 200 });
    expect(await api.get('/', sign('urn:b'))).toMatchObject({ status: 401 });
    await api.close();
  });

  it('does not let keys come over plain http, as the option for metadata would', async () => {
    const issuer = 'http://adfs.example.com/adfs/services/trust';
    await expect(
      startProtectedApi({ issuer, jwksUri: 'http://adfs.example.com/keys' }),
    ).rejects.toThrow("jwksUri: 'http://adfs.example.com' is not https.");
  });
});
