import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import axios, { type AxiosAdapter, type AxiosInstance } from 'axios';
import fc from 'fast-check';
import {
  getTokenClientToken,
  MemoryUserTokenStore,
  runAs,
  TokenClientModule,
  UserTokenService,
} from 'nestjs-access-tokens';
import { TestClock } from '../support/clock.js';
import { answerOf, bodyOf, callCase, type CallCase } from './grammars/calls.js';
import { fuzz } from './support/fuzz.js';
import { expectNoWayTo, expectOfCall } from './support/invariants.js';
import {
  type ScriptedAnswer,
  type ScriptedRequest,
  ScriptedServer,
  jsonAnswer,
} from './support/scripted-server.js';
import { WatchingLogger } from './support/watching.logger.js';

/** Of whomever: in the header of a call as it is sent, or on its own. */
const TOKENS = /token-in-secret-\w+|rt-in-secret-\w+/;
/** Once, once more with a new token, and once more with a nonce; each with the redirects that it is led along. */
const MOST_SENDS = 3;
const CLIENTS = ['plain', 'agent', 'user', 'bound'];
const CASE = 'x-case';

interface UnderWay {
  readonly one: CallCase;
  sent: number;
}

describe('hostile answers of APIs', () => {
  const clock = new TestClock();
  const logger = new WatchingLogger(TOKENS);
  const agent = new Agent({ keepAlive: true });
  const underWay = new Map<string, UnderWay>();
  const astray: string[] = [];
  let api: ScriptedServer;
  let elsewhere: ScriptedServer;
  let authorization: ScriptedServer;
  let app: INestApplicationContext;
  let gate = Promise.resolve();
  let count = 0;

  beforeAll(async () => {
    api = await ScriptedServer.start(
      answer,
      ({ headers }) => nextOf(headers[CASE])?.early ?? false,
    );
    elsewhere = await ScriptedServer.start(({ headers }) => {
      if (headers.authorization !== undefined) astray.push(headers.authorization);
      return jsonAnswer({});
    });
    authorization = await ScriptedServer.start(grant);
    const baseURL = api.origin;
    const tokenClients = TokenClientModule.forRoot({
      tokenEndpoint: `${authorization.origin}/token`,
      clientId: 'web',
      clientSecret: 'the-secret-of-the-client',
      clock,
      userTokenStore: new MemoryUserTokenStore(),
      clients: {
        plain: { baseURL },
        agent: { baseURL, httpAgent: agent },
        user: { baseURL, token: 'user', httpAgent: agent },
        bound: { baseURL, dpop: true },
      },
    });
    app = await NestFactory.createApplicationContext(
      { module: class {}, imports: [tokenClients] },
      { logger },
    );
    for (const user of ['alice', 'bob']) {
      const tokens = {
        accessToken: `token-in-secret-of-${user}`,
        refreshToken: `rt-in-secret-of-${user}`,
        expiresInSeconds: 86_400,
      };
      await app.get(UserTokenService).store(tokens, user);
    }
  });

  afterAll(async () => {
    agent.destroy();
    await app.close();
    await Promise.all([api.stop(), elsewhere.stop(), authorization.stop()]);
  });

  it('lead to no token of anybody, while calls of others are under way', async () => {
    const cases = fc.array(callCase(CLIENTS), { minLength: 1, maxLength: 6 });
    await fuzz(
      'hostile API answers',
      cases,
      async (all) => {
        // What was refused may be asked for again.
        clock.advance({ minutes: 1 });
        const done = hold();
        const held = runAs('bob', () =>
          client('user')
            .get('/held')
            .catch(() => undefined),
        );
        await Promise.all(all.map(check));
        done();
        await held;
        logger.expectClean();
        if (astray.length > 0)
          throw new Error(`a token went elsewhere: ${astray.splice(0).join()}`);
        return all.length;
      },
      1.5,
    );
  });

  const client = (name: string): AxiosInstance =>
    app.get<AxiosInstance>(getTokenClientToken(name), { strict: false });

  async function check(one: CallCase): Promise<void> {
    const id = String(++count);
    const state: UnderWay = { one, sent: 0 };
    underWay.set(id, state);
    const data = bodyOf(one);
    const { adapter, method, responseType, maxRedirects } = one;
    const config = {
      method,
      data,
      responseType,
      maxRedirects,
      url: '/',
      headers: { [CASE]: id },
      adapter: adapter === 'copy' ? copying : adapter,
    };
    try {
      const outcome: unknown = await runAs('alice', () => client(one.client).request(config)).catch(
        (error: unknown) => {
          expectOfCall(error);
          return error;
        },
      );
      expectNoWayTo(TOKENS, outcome);
      expect(state.sent).toBeLessThanOrEqual(MOST_SENDS * (maxRedirects + 1));
      await finish(outcome);
    } finally {
      underWay.delete(id);
      if (data instanceof Readable) data.on('error', () => undefined).destroy();
    }
  }

  /** A stream is read to its end, as its errors are shown as well. */
  async function finish(outcome: unknown): Promise<void> {
    const { data, response } = outcome as { data?: unknown; response?: { data?: unknown } };
    for (const body of [data, response?.data]) {
      if (!(body instanceof Readable)) continue;
      const error: unknown = await body.forEach(() => undefined).catch((reason: unknown) => reason);
      expectNoWayTo(TOKENS, error);
    }
  }

  /** What the API is going to answer next. */
  function nextOf(id: string | string[] | undefined) {
    const state = underWay.get(String(id));
    return state?.one.answers[Math.min(state.sent, state.one.answers.length - 1)];
  }

  function answer({ url, headers }: ScriptedRequest): ScriptedAnswer | Promise<ScriptedAnswer> {
    if (url === '/held') return gate.then(() => jsonAnswer({}));
    const next = nextOf(headers[CASE]);
    const state = underWay.get(String(headers[CASE]));
    if (!next || !state) return jsonAnswer({});
    state.sent += 1;
    return answerOf(next, jsonAnswer({ some: 'answer' }), {
      here: `${api.origin}/next`,
      elsewhere: `${elsewhere.origin}/`,
    });
  }

  function grant({ headers }: ScriptedRequest): ScriptedAnswer {
    const token_type = headers['dpop'] === undefined ? 'Bearer' : 'DPoP';
    return jsonAnswer({
      access_token: `token-in-secret-${++count}`,
      refresh_token: `rt-in-secret-${++count}`,
      token_type,
      expires_in: 86_400,
    });
  }

  /** @returns lets the calls go that are held from now on */
  function hold(): () => void {
    let letGo: () => void = () => undefined;
    gate = new Promise<void>((resolve) => (letGo = resolve));
    return letGo;
  }
});

const standard = axios.getAdapter('http');

/** An adapter of somebody who copies all that was sent into what comes back. */
const copying: AxiosAdapter = async (config) => {
  const { data, status, statusText, headers } = await standard(config);
  return {
    data,
    status,
    statusText,
    headers,
    config: { ...config, headers: Object.assign({}, config.headers) },
  };
};
