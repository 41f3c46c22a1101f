import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { InvalidTokenError, TokenVerifier } from 'nestjs-access-tokens';
import { type RunningApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { forgeSigned, goodClaims, publicPart } from '../../support/forge.js';
import { answering, json } from '../../support/hostile-answers.js';
import { startProtectedApi } from '../../support/protected-api.js';

async function newKey(kid?: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: 'ES256', ...(kid && { kid }) };
}

/** As servers with a key for each application, or with the keys of years, publish them. */
describe('a large key set', () => {
  let server: AuthorizationServer;
  let clock: TestClock;
  let keys: JWK[];
  let api: RunningApp;

  const publish = (published: readonly JWK[]): void => {
    server.intercept = answering({ jwks: json({ keys: published.map(publicPart) }) });
  };

  const signed = (key: JWK, header: object = {}, claims: object = {}): string =>
    forgeSigned(
      { typ: 'at+jwt', alg: 'ES256', ...header },
      { ...goodClaims(server.issuer), jti: crypto.randomUUID(), ...claims },
      key,
    );

  const statusOf = async (token: string): Promise<number> => (await api.get('/', token)).status;

  const detailOf = (token: string): Promise<string> =>
    api.app
      .get(TokenVerifier)
      .verify(token)
      .then(
        () => 'taken',
        (error: InvalidTokenError) => `${error.reason}: ${error.detail}`,
      );

  beforeAll(async () => {
    keys = await Promise.all(Array.from({ length: 300 }, (_, i) => newKey(`k${i}`)));
  });

  beforeEach(async () => {
    server = await AuthorizationServer.start();
    publish(keys);
    clock = new TestClock();
    // Else the keys may be fetched before a test has published its own.
    api = await startProtectedApi({ issuer: server.issuer, clock, warmUp: 'lazy' });
  });

  afterEach(async () => {
    await api.close();
    await server.stop();
  });

  it('has the key of every token that names it', async () => {
    for (const key of [keys[0], keys[150], keys[299]])
      expect(await statusOf(signed(key as JWK, { kid: key?.kid }))).toBe(200);
  });

  it('has the key of a token that names none', async () => {
    expect(await statusOf(signed(keys[299] as JWK))).toBe(200);
    expect(await statusOf(signed(keys[150] as JWK))).toBe(200);
  });

  it('is searched for a bounded number of tokens that nobody signed, while those of known keys are served', async () => {
    const stranger = await newKey();
    expect(await statusOf(signed(keys[299] as JWK))).toBe(200);
    const statuses: number[] = [];
    for (let i = 0; i < 40; i += 1) statuses.push(await statusOf(signed(stranger)));
    // A token that no key has signed may be one of a new key, so it is looked for once more after the set was fetched again.
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(20);
    expect(statuses.slice(-10)).toEqual(Array.from({ length: 10 }, () => 503));
    expect(await statusOf(signed(keys[299] as JWK))).toBe(200);
    expect(await api.get('/', signed(keys[7] as JWK))).toMatchObject({
      status: 503,
      body: { message: 'Access tokens cannot be checked at the moment' },
    });
    clock.advance({ seconds: 1 });
    expect(await statusOf(signed(keys[7] as JWK))).toBe(200);
  });

  it('is counted rightly in the reasons of refusals', async () => {
    const stranger = await newKey();
    expect(await detailOf(signed(stranger, { kid: 'k1' }))).toBe(
      'signature: alg ES256, kid "k1": keys that fit: 1, and none of them signed it',
    );
    expect(await detailOf(signed(stranger, { kid: 'other' }))).toBe(
      'key: alg ES256, kid "other": keys of the issuer: 300, and none of them fits',
    );
    expect(await detailOf(signed(stranger))).toBe(
      'signature: alg ES256, kid missing: keys that fit: 300, and none of them signed it',
    );
  });

  describe('whose keys have no names', () => {
    it('has the key of a token that names one, as a name is only a hint', async () => {
      const key = await newKey();
      publish([key]);
      expect(await statusOf(signed(key, { kid: 'a-name' }))).toBe(200);
      expect(server.requests.jwks).toBe(1);
    });

    it('is fetched anew for the first token of a new key', async () => {
      const [old, fresh] = [await newKey(), await newKey()];
      publish([old]);
      expect(await statusOf(signed(old, { kid: 'a' }))).toBe(200);
      publish([fresh]);
      expect(await statusOf(signed(fresh, { kid: 'b' }))).toBe(200);
      expect(await statusOf(signed(old, { kid: 'a' }))).toBe(401);
    });
  });
});
