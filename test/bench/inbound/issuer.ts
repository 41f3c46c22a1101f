import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type Algorithm, ALGORITHMS, AUDIENCE } from './plan.js';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An authorization server as small as can be: metadata, one key for each algorithm, and tokens for the asking. */
export class Issuer {
  private constructor(
    readonly url: string,
    private readonly server: Server,
    private readonly keys: ReadonlyMap<Algorithm, KeyPair>,
  ) {}

  static async start(): Promise<Issuer> {
    const pairs = ALGORITHMS.map(
      async (alg) => [alg, await generateKeyPair(alg, { extractable: true })] as const,
    );
    const keys = new Map(await Promise.all(pairs));
    const jwks = await Promise.all(
      [...keys].map(async ([alg, { publicKey }]) => ({
        ...(await exportJWK(publicKey)),
        kid: alg,
        alg,
        use: 'sig',
      })),
    );
    const documents = new Map<string | undefined, object>([['/jwks', { keys: jwks }]]);
    const server = createServer(({ url }, response) => {
      const document = documents.get(url);
      response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(document ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    documents.set('/.well-known/openid-configuration', {
      issuer,
      jwks_uri: `${issuer}/jwks`,
      id_token_signing_alg_values_supported: ALGORITHMS,
    });
    return new Issuer(issuer, server, keys);
  }

  /** A good access token that nobody has seen before, or a bad one where `claims` say so. */
  mint(algorithm: Algorithm, claims: JWTPayload = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({
      iss: this.url,
      aud: AUDIENCE,
      sub: 'f3a7c1d2-5b0e-4c8a-9f67-1e2d3c4b5a69',
      client_id: 'web-shop',
      scope: 'orders.read orders.write customers.read',
      jti: randomUUID(),
      iat: now,
      exp: now + 3600,
      ...claims,
    })
      .setProtectedHeader({ alg: algorithm, kid: algorithm, typ: 'at+jwt' })
      .sign(this.privateKey(algorithm));
  }

  mintMany(algorithm: Algorithm, count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => this.mint(algorithm)));
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private privateKey(algorithm: Algorithm): KeyPair['privateKey'] {
    const pair = this.keys.get(algorithm);
    if (!pair) throw new Error(`The issuer has no key for ${algorithm}`);
    return pair.privateKey;
  }
}
