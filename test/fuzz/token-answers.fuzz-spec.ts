import fc from 'fast-check';
import { words } from './support/words.js';
import {
  AccessTokenError,
  ClientTokenService,
  type IssuedToken,
  TokenClientModule,
} from 'nestjs-access-tokens';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { TestClock } from '../support/clock.js';
import { type Spoiling, spoiling, spoilt } from './grammars/answers.js';
import { letters } from './grammars/edits.js';
import { type Changes, changed, changes, nested } from './grammars/json.js';
import { fuzz } from './support/fuzz.js';
import { expectNoSecretIn, expectOurs, expectPlain, shownOf } from './support/invariants.js';
import { type ScriptedRequest, ScriptedServer, jsonAnswer } from './support/scripted-server.js';
import { WatchingLogger } from './support/watching.logger.js';

const SECRET = 'the-secret-of-the-client';
/** Of every token that is given out, whoever it is for. */
const TOKEN = /token-in-secret-\d+/;
const MAX_LIFETIME_MS = 24 * 3_600_000;

interface AnswerCase {
  readonly client: 'bearer' | 'bound';
  readonly members: Changes;
  /** What the server refuses with, if it does. */
  readonly refusal: { readonly error: string; readonly error_description: string } | undefined;
  readonly spoiling: Spoiling;
}

const NAMES = words(
  'access_token token_type expires_in scope refresh_token id_token error error_description error_uri issued_token_type',
);
const VALUES = [
  'bearer',
  'BEARER',
  'DPoP',
  'mac',
  'N_A',
  'tok en',
  'tök',
  `x ${SECRET} y`,
  'a b',
  'a\tb',
  ' ',

  'invalid_client',
  'invalid_scope',
  'use_dpop_nonce',
  'x\r\ny',
  '\u202e',
  SECRET,
  '3600',
  ' 3600 ',
  '-5',
  3600,
  1,
];

const answerCase: fc.Arbitrary<AnswerCase> = fc.record({
  client: fc.oneof(
    { arbitrary: fc.constant('bearer' as const), weight: 5 },
    { arbitrary: fc.constant('bound' as const), weight: 1 },
  ),
  members: changes(NAMES, VALUES),
  refusal: fc.option(
    fc.record({
      error: fc.oneof(
        fc.constantFrom('invalid_scope', 'invalid_client', 'invalid_target', SECRET),
        letters,
      ),
      error_description: fc
        .array(fc.oneof(letters, fc.constant(SECRET)), { maxLength: 6 })
        .map((all) => all.join('')),
    }),
    { nil: undefined },
  ),
  spoiling: spoiling(
    nested,
    fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
    fc.constantFrom('', 'null', '[]', '"x"', '<html>', 'access_token=x&token_type=bearer'),
  ),
});

describe('mutated answers of a token endpoint', () => {
  const clock = new TestClock();
  const logger = new WatchingLogger(new RegExp(`${SECRET}|${TOKEN.source}`));
  /** Cases under way, and the bodies that were sent for them, by the number that each sends along. */
  const underWay = new Map<string, { readonly one: AnswerCase; readonly bodies: string[] }>();
  let server: ScriptedServer;
  let app: INestApplicationContext;
  let tokens: ClientTokenService;
  let count = 0;

  beforeAll(async () => {
    server = await ScriptedServer.start(answer);
    const tokenClients = TokenClientModule.forRoot({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'web',
      clientSecret: SECRET,
      clock,
      backchannel: { retries: 1, timeoutMs: 5_000 },
      maxCachedTokens: 200,
      clients: {
        bearer: { baseURL: server.origin },
        bound: { baseURL: server.origin, dpop: true },
      },
    });
    app = await NestFactory.createApplicationContext(
      { module: class {}, imports: [tokenClients] },
      { logger },
    );
    tokens = app.get(ClientTokenService);
  });

  afterAll(async () => {
    await app.close();
    await server.stop();
  });

  it('make a token that was in them, or an error of ours that tells nothing', async () => {
    const cases = fc.array(answerCase, { minLength: 1, maxLength: 8 });
    await fuzz('mutated token answers', cases, async (all) => {
      // Whatever pause the last ones have caused is over.
      clock.advance({ minutes: 60 * 48 });
      await Promise.all(all.map(check));
      logger.expectClean();
      return all.length;
    });
  });

  function answer({ body }: ScriptedRequest) {
    const found = underWay.get(new URLSearchParams(body).get('case') ?? '');
    if (!found) return jsonAnswer({}, 404);
    const { one, bodies } = found;
    const honest = {
      access_token: `token-in-secret-${++count}`,
      token_type: one.client === 'bound' ? 'DPoP' : 'Bearer',
      expires_in: 3600,
      refresh_token: `token-in-secret-${++count}`,
    };
    const members = changed(one.refusal ?? honest, one.members);
    const sent = spoilt(jsonAnswer(members, one.refusal ? 400 : 200), one.spoiling);
    bodies.push(JSON.stringify(members), sent.body.toString('utf8'));
    return sent;
  }

  async function check(one: AnswerCase): Promise<void> {
    const id = String(++count);
    const bodies: string[] = [];
    underWay.set(id, { one, bodies });
    try {
      const token = await tokens.getToken(one.client, { parameters: { case: id } });
      expectUsable(token, one, bodies);
    } catch (error) {
      if (!(error instanceof AccessTokenError)) throw error;
      expectOurs(error);
      const shown = shownOf(error);
      expectNoSecretIn(shown, [SECRET]);
      if (TOKEN.test(shown))
        throw new Error(`a token is shown: ${shown.slice(0, 500)}`, { cause: error });
    } finally {
      underWay.delete(id);
    }
  }

  function expectUsable(
    token: IssuedToken,
    { client }: AnswerCase,
    bodies: readonly string[],
  ): void {
    const { accessToken, tokenType, expiresAt, scopes } = token;
    expect(accessToken).toMatch(/^[\x21-\x7e]+$/);
    expect(tokenType).toBe(client === 'bound' ? 'DPoP' : 'Bearer');
    expect(expiresAt.getTime()).toBeLessThanOrEqual(clock.now() + MAX_LIFETIME_MS);
    for (const scope of scopes) expectPlain(scope);
    if (!bodies.some((body) => body.includes(JSON.stringify(accessToken).slice(1, -1))))
      throw new Error(`a token that was not in the answer: ${accessToken}`);
    if (TOKEN.test(shownOf(token))) throw new Error('the token shows itself');
  }
});
