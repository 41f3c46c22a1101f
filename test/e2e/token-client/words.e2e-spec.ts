import { Injectable } from '@nestjs/common';
import {
  ConfigurationError,
  getTokenClientToken,
  MemoryUserTokenStore,
  runAs,
  TokenClientHealthIndicator,
  TokenClientModule,
  UserTokenService,
  type TokenClientModuleOptions,
  type TokenProvider,
} from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, tokenEndpoint, type Responder } from '../../support/recording-server.js';
import { everyFormOf } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

/** Other lines, colours, C1 controls, line separators, the direction of writing, half a character, and no end. */
const EVIL = `x\r\n[Nest] 1 - LOG \u001b[32min\u009b1m\u0085\u2028\u2029\u202e\u2066\u200f\ud800${'y'.repeat(5_000)}`;
const HARM = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

class EvilError extends Error {
  override readonly name = EVIL;
  readonly code = EVIL;

  constructor() {
    super(EVIL);
  }
}

@Injectable()
class EvilProvider implements TokenProvider {
  getToken() {
    return { accessToken: 'at', tokenType: EVIL, scopes: [EVIL] };
  }
}

// Every text that a value leads to.
function* textsOf(value: unknown, seen = new Set<unknown>()): Generator<string> {
  if (typeof value === 'string') yield value;
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Set) for (const one of value) yield* textsOf(one, seen);
  for (const name of Object.getOwnPropertyNames(value)) {
    // What Axios knows of the call and its answer is the answer itself, for programs.
    if (['stack', 'config', 'request', 'response'].includes(name)) continue;
    yield name;
    yield* textsOf(Reflect.get(value, name), seen);
  }
}

/** Faults are listed on lines of their own, and the page that says more is behind them. */
const LISTED = /\n {2}- |\n(?=\(see: errors#\w+\)$)/g;

function expectHarmless(what: string, shown: unknown): void {
  for (const text of textsOf(shown)) {
    const found = HARM.exec(text.replace(LISTED, ' '));
    if (found) throw new Error(`${what}: ${JSON.stringify(text.slice(0, 300))}`);
    const longest = Math.max(...text.split(LISTED).map(({ length }) => length));
    if (longest > 2_500) throw new Error(`${what}: ${text.length} characters`);
  }
  const json = JSON.stringify(shown) ?? '';
  expect(HARM.test(json)).toBe(false);
}

describe('words of others', () => {
  let server: RecordingServer;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    server.respond = tokenEndpoint();
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  async function started(more: Partial<TokenClientModuleOptions> = {}) {
    const clients = await TokenClients.start([
      TokenClientModule.forRoot({
        tokenEndpoint: `${server.origin}/token`,
        clientId: 'web',
        clientSecret: 'web-secret',
        clock: new TestClock(),
        userTokenStore: new MemoryUserTokenStore(),
        backchannel: { retries: 0 },
        clients: {
          api: { baseURL: server.origin, scope: 'read' },
          mail: { baseURL: server.origin, token: 'user' },
        },
        ...more,
      }),
      { module: EvilProvider, providers: [EvilProvider], exports: [EvilProvider], global: true },
    ]);
    return clients;
  }

  type Started = Awaited<ReturnType<typeof started>>;

  const answering =
    (body: object, status = 200): Responder =>
    () => ({ status, body });
  const good = { access_token: 'at', token_type: 'Bearer', expires_in: 60 };
  const evilFunction = () => {
    throw new EvilError();
  };
  const withMetadata =
    (members: object): Responder =>
    (request, response) =>
      request.path.includes('well-known')
        ? { body: { issuer: server.origin, ...members } }
        : tokenEndpoint()(request, response);
  const discovered = () => ({ issuer: server.origin, tokenEndpoint: undefined });
  const baseURL = 'https://api.example.com';
  const getToken = ({ tokens }: Started) => tokens.getToken('api');

  const inputs: [
    string,
    () => Partial<TokenClientModuleOptions>,
    (clients: Started) => unknown,
    (() => Responder)?,
  ][] = [
    [
      'the error of a token endpoint',
      () => ({}),
      getToken,
      () => answering({ error: EVIL, error_description: EVIL, error_uri: EVIL }, 400),
    ],
    [
      'the error of a refresh',
      () => ({}),
      async ({ app }) => {
        const users = app.get(UserTokenService);
        await users.store({ accessToken: 'at', refreshToken: 'rt', expiresInSeconds: 60 }, EVIL);
        await runAs(EVIL, () => users.getToken('mail', { force: true }));
      },
      () => answering({ error: EVIL, error_description: EVIL }, 400),
    ],
    ['scopes that were granted', () => ({}), getToken, () => answering({ ...good, scope: EVIL })],
    ['a type of token', () => ({}), getToken, () => answering({ ...good, token_type: EVIL })],
    ['a token', () => ({}), getToken, () => answering({ ...good, access_token: EVIL })],
    [
      'a token endpoint in metadata',
      discovered,
      getToken,
      () => withMetadata({ token_endpoint: `${server.origin}/nothing${EVIL}` }),
    ],
    [
      'a token endpoint on another host',
      discovered,
      getToken,
      () => withMetadata({ token_endpoint: `http://127.0.0.1:1/${'%0a'.repeat(500)}` }),
    ],
    ['the issuer in metadata', discovered, getToken, () => withMetadata({ issuer: EVIL })],
    [
      'a tenant that nobody knows',
      () => ({ clients: { api: { baseURL, resolveClient: evilFunction } } }),
      ({ tokens }) => tokens.getToken('api', { tenant: EVIL }),
    ],
    [
      'a tenant with options at fault',
      () => ({
        clients: {
          api: {
            baseURL,
            resolveClient: () => ({
              issuer: `https://${EVIL}`,
              scope: EVIL,
              resource: `${EVIL}#`,
              audience: EVIL,
              parameters: { [EVIL]: EVIL },
              [`sco${EVIL.slice(1, 20)}pe`]: EVIL,
            }),
          },
        },
      }),
      ({ tokens }) => tokens.getToken('api', { tenant: EVIL }),
    ],
    [
      'a tenant that is explained',
      () => ({ clients: { api: { baseURL, resolveClient: () => ({}) } } }),
      async ({ tokens }) => {
        const before = await tokens.explain('api', { tenant: EVIL });
        await tokens.getToken('api', { tenant: EVIL });
        return [before, await tokens.explain('api', { tenant: EVIL })];
      },
    ],
    [
      'what a call asks for',
      () => ({}),
      ({ tokens }) =>
        tokens.getToken('api', {
          scope: EVIL,
          resource: EVIL,
          audience: EVIL,
          parameters: { [EVIL]: 'x', 'grant_type\u001b': EVIL },
        }),
    ],
    ['the name of a client', () => ({}), ({ tokens }) => tokens.getToken(EVIL)],
    ['what clientSecret throws', () => ({ clientSecret: evilFunction }), getToken],
    [
      'what customizeTokenRequest throws',
      () => ({ customizeTokenRequest: evilFunction }),
      ({ tokens }) => tokens.explain('api'),
    ],
    ['what hooks throw', () => ({ hooks: { tokenRenewed: evilFunction } }), getToken],
    [
      'what a store throws',
      () => ({ userTokenStore: { get: evilFunction, set: evilFunction, delete: evilFunction } }),
      ({ app }) => runAs('alice', () => app.get(UserTokenService).getToken('mail')),
    ],
    [
      'what a provider gives',
      () => ({ clients: { api: { baseURL, provider: EvilProvider } } }),
      getToken,
    ],
    [
      'the URL of a call',
      () => ({}),
      ({ app }) =>
        app
          .get<{ get(url: string): unknown }>(getTokenClientToken('api'), { strict: false })
          .get(`https://evil.example/${EVIL}`),
    ],
    [
      'what an API wants in WWW-Authenticate',
      () => ({}),
      ({ app }) =>
        app
          .get<{ get(url: string): unknown }>(getTokenClientToken('api'), { strict: false })
          .get(`/${encodeURIComponent('\u001b')}${'a'.repeat(1_000)}`),
      () => (request, response) =>
        request.path === '/token'
          ? { body: { ...good, scope: 's'.repeat(20_000) } }
          : (response
              .writeHead(403, {
                'www-authenticate': `Bearer error="insufficient_scope", scope="write \u0085 \u009b1m ${'z'.repeat(300)}", error_description="\u009b"`,
              })
              .end('{}'),
            undefined),
    ],
  ];

  const cases = inputs.map(([name, ...input]) => ({ name, input }));

  it.each(cases)('are shown as what they are: $name', async ({ input }) => {
    const [options, act, respond] = input;
    if (respond) server.respond = respond();
    const clients = await started(options());
    const shown: unknown[] = [];
    try {
      shown.push(await act(clients));
    } catch (error) {
      shown.push(error);
      expectHarmless('what was thrown', { message: (error as Error).message });
    }
    const { tokens, logs, app } = clients;
    shown.push(await tokens.explain('api').catch((error: unknown) => error));
    shown.push(await app.get(TokenClientHealthIndicator).check('tokens'));
    for (const one of shown) expectHarmless('shown', one);
    for (const line of logs.lines) expectHarmless('logged', line);
    expect(everyFormOf(shown)).not.toContain('\u001b[32m');
  });

  it('are shown as what they are: options', async () => {
    const starting = TokenClients.start({
      issuer: `https://id.example.com/${EVIL}`,
      clientId: EVIL,
      clientSecret: EVIL,
      scope: EVIL,
      resource: `${EVIL}#`,
      parameters: { [EVIL]: 'x' },
      backchannel: { headers: { [EVIL]: EVIL } },
      [EVIL]: true,
      clients: {
        api: {
          baseURL: `https://a.example.com/${EVIL}`,
          allowedOrigins: [`https://a.example.com/${EVIL}`],
          [`s\u001bcope`]: EVIL,
        },
      },
    } as unknown as TokenClientModuleOptions);
    const error = await starting.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expectHarmless('what was thrown', error);
  });
});
