import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import fc from 'fast-check';
import { compactVerify, importJWK, type JWK } from 'jose';
import {
  ClientTokenService,
  InvalidTokenError,
  JwtAuthModule,
  KeysUnavailableError,
  TokenClientModule,
  TokenVerifier,
} from 'nestjs-access-tokens';
import { publicPart } from '../support/forge.js';
import { TestClock } from '../support/clock.js';
import { spoilt } from './grammars/answers.js';
import { type KeyDocuments, keyDocuments, keySetOf } from './grammars/key-documents.js';
import { changed } from './grammars/json.js';
import { fuzz } from './support/fuzz.js';
import { expectOurs } from './support/invariants.js';
import { type ScriptedAnswer, ScriptedServer, jsonAnswer } from './support/scripted-server.js';
import { AUDIENCE, TestIssuer } from './support/test-issuer.js';
import { WatchingLogger } from './support/watching.logger.js';

/** As many issuers as there are cases at a time. */
const LANES = 6;
const SECRET = 'the-secret-of-the-client';

describe('mutated metadata and key sets', () => {
  const clock = new TestClock();
  const logger = new WatchingLogger(new RegExp(SECRET));
  const documents: (KeyDocuments | undefined)[] = [];
  /** The key sets of each issuer for the case under way: as they were, and as they were spoilt. */
  const told: unknown[][] = [];
  /** Those that have once told where their keys are: they may be there still, while nobody tells. */
  const located = new Set<number>();
  let server: ScriptedServer;
  let app: INestApplicationContext;
  let issuers: TestIssuer[];
  let count = 0;

  beforeAll(async () => {
    server = await ScriptedServer.start(({ url }) => answer(url));
    issuers = Array.from(
      { length: LANES },
      (_, lane) => new TestIssuer(`${server.origin}/${lane}`),
    );
    const clients = issuers.map(
      ({ issuer }, lane) => [String(lane), { issuer, baseURL: server.origin }] as const,
    );
    const imports = [
      JwtAuthModule.forRoot({
        audience: AUDIENCE,
        issuers: issuers.map(({ issuer }) => issuer),
        warmUp: 'lazy',
        clock,
      }),
      TokenClientModule.forRoot({
        clientId: 'web',
        clientSecret: SECRET,
        clock,
        backchannel: { retries: 0, timeoutMs: 5_000 },
        maxCachedTokens: 50,
        clients: Object.fromEntries(clients),
      }),
    ];
    app = await NestFactory.createApplicationContext({ module: class {}, imports }, { logger });
  });

  afterAll(async () => {
    await app.close();
    await server.stop();
  });

  it('make no key that the issuer does not publish, and no errors but ours', async () => {
    const cases = fc.array(keyDocuments(), { minLength: 1, maxLength: LANES });
    await fuzz('mutated metadata and key sets', cases, async (all) => {
      // Long enough for everything to be asked for again, and for the last good keys to be too old.
      clock.advance({ minutes: 60 * 30 });
      await Promise.all(all.map(check));
      logger.expectClean();
      return all.length;
    });
  });

  function answer(url: string): ScriptedAnswer {
    const lane = Number(/\d+/.exec(url)?.[0]);
    const issuer = issuers[lane];
    const one = documents[lane];
    if (!issuer || !one) return jsonAnswer({}, 404);
    if (url.endsWith('/jwks')) {
      const keySet = keySetOf(one, issuer.jwks.keys);
      const sent = spoilt(jsonAnswer(keySet), one.keySpoiling);
      told[lane]?.push(keySet, jsonIn(sent.body));
      return sent;
    }
    if (url.includes('.well-known')) {
      const honest = {
        issuer: issuer.issuer,
        jwks_uri: `${issuer.issuer}/jwks`,
        token_endpoint: `${issuer.issuer}/token`,
      };
      const metadata = changed(honest, one.metadata);
      const sent = spoilt(jsonAnswer(metadata), one.metadataSpoiling);
      const documentsTold = [metadata, jsonIn(sent.body)];
      if (
        documentsTold.some((document) => isObject(document) && document['issuer'] === issuer.issuer)
      )
        located.add(lane);
      return sent;
    }
    return jsonAnswer({ access_token: `token-${++count}`, token_type: 'Bearer', expires_in: 60 });
  }

  async function check(one: KeyDocuments, lane: number): Promise<void> {
    documents[lane] = one;
    told[lane] = [];
    const tokens = tokensOf(lane);
    for (const token of tokens) {
      if (await passes(() => app.get(TokenVerifier).verify(token)))
        await expectPublished(token, lane);
    }
    await passes(() =>
      app.get(ClientTokenService).getToken(String(lane), { parameters: { n: String(++count) } }),
    );
  }

  /** One of each key, one that names none, and one of a key that nobody has published. */
  function tokensOf(lane: number): string[] {
    const issuer = issuers[lane] as TestIssuer;
    const stranger = new TestIssuer('https://stranger.example.com');
    const claims = issuer.claims(clock.now(), { jti: String(++count) });
    const { kid: _, ...nameless } = issuer.header(0);
    return [
      issuer.sign(issuer.header(0), claims, 0),
      issuer.sign(issuer.header(1), claims, 1),
      issuer.sign(nameless, claims, 0),
      stranger.sign(issuer.header(0), claims, 0),
    ];
  }

  async function passes(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      expectOurs(error);
      if (error instanceof InvalidTokenError) expect(['key', 'signature']).toContain(error.reason);
      if (error instanceof KeysUnavailableError) expect(error.getStatus()).toBe(503);
      return false;
    }
  }

  /** Another implementation finds a public key for signatures in what was told, that has signed this token. */
  async function expectPublished(token: string, lane: number): Promise<void> {
    const keySets = told[lane] ?? [];
    if (!located.has(lane)) throw new Error('taken by the keys of another issuer');
    const lists = keySets.map((one) => (isObject(one) ? one['keys'] : undefined));
    for (const key of lists.flatMap((list) =>
      Array.isArray(list) ? (list as (JWK | null)[]) : [],
    )) {
      const isPublic = key && key.d === undefined && key.k === undefined && key.kty !== 'oct';
      if (!isPublic || (key.use !== undefined && key.use !== 'sig')) continue;
      const { alg } = JSON.parse(
        Buffer.from(token.split('.')[0] ?? '', 'base64url').toString(),
      ) as { alg: string };
      try {
        const { alg: _alg, kid: _kid, use: _use, ...bare } = publicPart(key);
        await compactVerify(token, await importJWK(bare, alg));
        return;
      } catch {
        // Perhaps the next one.
      }
    }
    throw new Error(
      `taken by a key that is not published: ${JSON.stringify(keySets).slice(0, 1_000)}`,
    );
  }
});

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
