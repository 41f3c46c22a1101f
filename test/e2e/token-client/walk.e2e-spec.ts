import { once } from 'node:events';
import { Agent, type ClientRequest } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import axios, {
  AxiosError,
  type AxiosAdapter,
  type AxiosInstance,
  type AxiosRequestConfig,
  type AxiosResponse,
  type AxiosStatic,
} from 'axios';
import {
  MemoryUserTokenStore,
  runAs,
  UserTokenService,
  type TokenClientOptions,
} from 'nestjs-access-tokens';
import { otherAxios } from '../../support/other-axios.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { TokenClients } from '../../support/token-clients.js';
import { until } from '../../support/until.js';
import { lookThrough, pathsTo } from '../../support/walk.js';
import { WalkedApi } from '../../support/walked-api.js';

const TOKEN_OF = { alice: 'the-token-of-alice-is-this', bob: 'the-token-of-bob-is-that' };

/*
 * Not a list of members that are hidden, but a walk through everything that comes back, in the course of which no
 * token of anybody may be met, while calls of other users are under way over the same agent.
 */
describe('what comes back from a call', () => {
  let authorization: RecordingServer;
  let api: WalkedApi;
  let agent: Agent;

  beforeAll(async () => {
    authorization = await RecordingServer.start(tokenEndpoint());
    api = await WalkedApi.start();
  });

  beforeEach(() => {
    agent = new Agent({ keepAlive: true });
    api.secrets.clear();
  });

  afterEach(async () => {
    api.release();
    await TokenClients.stopAll();
    agent.destroy();
  });

  afterAll(() => Promise.all([authorization.stop(), api.stop()]));

  const start = async (options: TokenClientOptions = {}, build?: AxiosStatic) => {
    const clients = await TokenClients.start({
      tokenEndpoint: `${authorization.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      userTokenStore: new MemoryUserTokenStore(),
      axios: build,
      clients: {
        mail: { baseURL: api.origin, token: 'user', ...options },
        other: { baseURL: api.origin, token: 'user', ...options },
      },
    });
    const users = clients.app.get(UserTokenService);
    for (const [user, accessToken] of Object.entries(TOKEN_OF)) {
      await users.store({ accessToken, expiresInSeconds: 900 }, user);
    }
    return clients;
  };

  /** A call of alice, and what came of it, while others are under way. */
  const outcomeOf = async (
    clients: TokenClients,
    call: AxiosRequestConfig,
    other: AxiosRequestConfig = {},
  ): Promise<unknown> => {
    for (const name of ['mail', 'other']) {
      void runAs('bob', () => clients.axios(name).get('/held', other)).catch(() => undefined);
    }
    await until(() => api.held === 2);
    return runAs('alice', () => clients.axios('mail').request(call)).catch(
      (error: unknown) => error,
    );
  };

  const expectNothing = (outcome: unknown) => {
    const secrets = [...api.secrets, ...Object.values(TOKEN_OF)];
    expect(secrets.length).toBeGreaterThanOrEqual(3);
    expect(lookThrough(outcome, secrets)).toEqual([]);
  };

  it('would be found to lead to a token, were it that of plain Axios', async () => {
    const headers = (user: keyof typeof TOKEN_OF) => ({
      Authorization: `Bearer ${TOKEN_OF[user]}`,
    });
    const plain = axios.create({ baseURL: api.origin, httpAgent: agent });
    const held = plain.get('/held', { headers: headers('bob') });
    await until(() => api.held === 1);
    const error: unknown = await plain.get('/500', { headers: headers('alice') }).catch((e) => e);
    const found = lookThrough(error, [TOKEN_OF.bob]);
    expect(found).toContain('outcome: JSON without cycles');
    expect(found).toEqual(
      expect.arrayContaining([expect.stringMatching(/^outcome: \$\..*_header$/)]),
    );
    api.release();
    await held;
  });

  const copying: [string, AxiosAdapter][] = [
    ['plain headers', (config) => answered({ ...config, headers: copyOf(config.headers) })],
    ['a JSON copy', (config) => answered(JSON.parse(JSON.stringify(config)))],
    ['names in lower case', (config) => answered({ headers: lowerCased(config.headers) })],
    ['a copy in a copy', (config) => answered({ ...config, sent: { config: [{ ...config }] } })],
    [
      'a config of another shape',
      (config) => answered({ options: { auth: String(config.headers.getAuthorization()) } }),
    ],
    [
      'a request with headers',
      (config) => answered(config, { request: { options: { headers: copyOf(config.headers) } } }),
    ],
    [
      'members of its own',
      (config) => answered(config, { sentWith: copyOf(config.headers), raw: [config] }),
    ],
    ['headers as they were sent', (config) => answered(config, { headers: config.headers })],
    [
      'an error with a copy',
      async (config) => {
        throw new AxiosError(
          'no',
          'ERR',
          { ...config, headers: copyOf(config.headers) as never },
          { config },
        );
      },
    ],
    [
      'an error with members of its own',
      async (config) => {
        const original = new AxiosError('no', 'ERR', config, { config });
        throw Object.assign(new Error('wrapped'), {
          original,
          options: { headers: copyOf(config.headers) },
        });
      },
    ],
    [
      'an error that tells all',
      async (config) => {
        throw new Error(`failed: ${JSON.stringify(config)}`, {
          cause: new AxiosError('no', 'E', config),
        });
      },
    ],
    [
      'a text',
      async (config) => {
        // oxlint-disable-next-line no-throw-literal, only-throw-error -- adapters of others may.
        throw `failed: ${String(config.headers.getAuthorization())}`;
      },
    ],
    [
      'an error of many',
      async (config) => {
        throw new AggregateError([new AxiosError('no', 'E', config)], 'several');
      },
    ],
    [
      'an error with an answer',
      async (config) => {
        const response = await answered({ ...config, headers: copyOf(config.headers) });
        throw new AxiosError('no', 'E', config, undefined, response);
      },
    ],
    [
      'an error whose cause is a text',
      async (config) => {
        const cause: unknown = `sent with ${String(config.headers.getAuthorization())}`;
        throw new Error('no', { cause });
      },
    ],
    [
      'an error whose cause is a list',
      async (config) => {
        throw new Error('no', { cause: [{ config }] });
      },
    ],
    [
      'an error of many texts',
      async (config) => {
        throw new AggregateError([String(config.headers.getAuthorization())], 'several');
      },
    ],
    [
      'an error in an error, again and again',
      async (config) => {
        let error: Error = new AxiosError('no', 'E', config);
        for (let depth = 0; depth < 12; depth += 1) error = new Error('no', { cause: error });
        throw error;
      },
    ],
    [
      'an error with a name of its own',
      async (config) => {
        const error = new Error('no');
        error.name = String(config.headers.getAuthorization());
        throw error;
      },
    ],
    [
      'an error that cannot be changed',
      async (config) => {
        throw Object.freeze(new AxiosError('no', 'E', config));
      },
    ],
    [
      'an error with an answer that cannot be changed',
      async (config) => {
        const response: AxiosResponse = Object.freeze(await answered(config));
        throw new AxiosError('no', 'E', config, undefined, response);
      },
    ],
    [
      'what throws when it is looked at',
      (config) =>
        answered(config, {
          odd: {
            get config() {
              throw new Error(String(config.headers.getAuthorization()));
            },
          },
        }),
    ],
    [
      'functions that lead to themselves',
      (config) => answered(config, { axios, run: Object.assign(() => undefined, { axios }) }),
    ],
    [
      'a list of errors',
      async (config) => {
        // oxlint-disable-next-line no-throw-literal, only-throw-error -- adapters of others may.
        throw [new AxiosError('no', 'E', config)];
      },
    ],
    [
      'a map',
      async (config) => {
        // oxlint-disable-next-line no-throw-literal, only-throw-error -- adapters of others may.
        throw new Map([['config', config]]);
      },
    ],
    ['a symbol', (config) => answered(config, { [Symbol('sent')]: config })],
    ['a symbol of a member', (config) => answered(config, { raw: { [Symbol('sent')]: config } })],
    [
      'a symbol of an error',
      async (config) => {
        throw Object.assign(new Error('no'), { [Symbol('sent')]: config });
      },
    ],
    [
      'a function with members',
      (config) => answered(config, { again: Object.assign(() => undefined, { config }) }),
    ],
    [
      'bytes',
      (config) => answered(config, { raw: Buffer.from(String(config.headers.getAuthorization())) }),
    ],
    [
      'a URL',
      (config) =>
        answered(config, {
          to: new URL(`/?as=${String(config.headers.getAuthorization()).slice(7)}`, api.origin),
        }),
    ],
    [
      'names of members',
      (config) => answered(config, { seen: { [String(config.headers.getAuthorization())]: 1 } }),
    ],
    [
      'what cannot be changed, in a class of its own',
      async (config) =>
        Object.freeze(Object.assign(new (class Answer {})(), await answered(config))),
    ],
    [
      'a class of its own',
      async (config) =>
        Object.assign(
          new (class Answer {})(),
          await answered({ ...config, headers: copyOf(config.headers) }),
        ),
    ],
  ];

  it.each(copying)('of an adapter that hands back %s', async (_case, adapter) => {
    const clients = await start({ httpAgent: agent });
    // Others go over the agent, this one by what the application wrote.
    expectNothing(await outcomeOf(clients, { url: '/x', adapter }, { adapter: 'http' }));
  });

  it.each<[string, (request: ClientRequest, options: object) => object]>([
    ['its request', (req) => ({ req })],
    ['its options', (_, options) => ({ options })],
    ['an error with them', (_, options) => ({ errors: [Object.assign(new Error('x'), options)] })],
  ])('of an agent that fails with %s', async (_case, more) => {
    class Failing extends Agent {
      addRequest(request: ClientRequest, options: object): void {
        const error = Object.assign(new Error('no way'), more(request, options));
        setImmediate(() => request.emit('error', error));
      }
    }
    const clients = await start({ httpAgent: agent });
    const made = clients.axios('mail').create({ httpAgent: new Failing() });
    const outcome = await runAs('alice', () => made.get('/200')).catch((error: unknown) => error);
    expect(String(outcome)).toContain('no way');
    expect(lookThrough(outcome, Object.values(TOKEN_OF))).toEqual([]);
  });

  it('of a transport that fails with its options', async () => {
    const clients = await start();
    const transport = {
      request(options: object): never {
        throw Object.assign(new Error('no way'), { options });
      },
    };
    const made = clients.axios('mail').create({ transport } as object);
    const outcome = await runAs('alice', () => made.get('/200')).catch((error: unknown) => error);
    expect(String(outcome)).toContain('no way');
    expect(lookThrough(outcome, Object.values(TOKEN_OF))).toEqual([]);
  });

  it.each([undefined, otherAxios()])(
    'of a body that is too long, to who listens to it',
    async (build) => {
      const clients = await start({ maxBodyLength: 10 }, build);
      const data = new PassThrough();
      const seen: unknown[] = [];
      data.on('error', (error) => seen.push(...lookThrough(error, Object.values(TOKEN_OF))));
      data.on('close', () => seen.push(...lookThrough(data.errored, Object.values(TOKEN_OF))));
      data.end('x'.repeat(20));
      const call = { url: '/200', method: 'post', data };
      const outcome = await runAs('alice', () => clients.axios('mail').request(call)).catch(
        (error: unknown) => error,
      );
      expect(outcome).toBeInstanceOf(Error);
      await until(() => data.closed);
      expect(seen).toEqual([]);
      expect(lookThrough(data.errored, Object.values(TOKEN_OF))).toEqual([]);
      expect(pathsTo(data, Object.values(TOKEN_OF))).toEqual([]);
    },
  );

  it('of a body that an adapter takes later', async () => {
    const clients = await start();
    const http = axios.getAdapter('http');
    const adapter: AxiosAdapter = async (config) => {
      await new Promise(setImmediate);
      return http(config);
    };
    const data = new PassThrough();
    data.write('x'.repeat(200_000));
    const call = { url: '/held', method: 'post', data, adapter };
    const done = runAs('alice', () => clients.axios('mail').request(call)).catch(
      (error: unknown) => error,
    );
    await until(() => api.held === 1);
    expect(pathsTo(data, Object.values(TOKEN_OF))).toEqual([]);
    api.release();
    await done;
    data.destroy();
  });

  it('whoever uses its connection by the time that it is looked at', async () => {
    const mail = (await start({ httpAgent: agent })).axios('mail');
    const answer = await runAs('alice', () => mail.get<unknown>('/200'));
    const { socket } = answer.request as { socket: object };
    void runAs('bob', () => mail.get('/held')).catch(() => undefined);
    await until(() => api.held === 1);
    // Node.js finds it there, by name.
    const next: object = Reflect.get(socket, '_httpMessage') as object;
    expect(Reflect.get(next, '_header')).toContain(TOKEN_OF.bob);
    expectNothing(answer);
    expect(lookThrough(socket, Object.values(TOKEN_OF))).toEqual([]);
  });

  it('to a copy that was made without its constructor', async () => {
    const mail = (await start()).axios('mail');
    const answer = await runAs('alice', () => mail.get<unknown>('/200'));
    const copy = Object.assign(Object.create(Object.getPrototypeOf(answer)), answer);
    for (const one of [copy, new Proxy(answer, {})]) {
      expect(Reflect.get(one, 'status', one)).toBe(200);
      expect(Reflect.get(one, 'request', one)).toBeUndefined();
    }
    expectNothing(answer);
  });

  it.each([
    ['at once', undefined],
    ['later', Promise.resolve()],
  ])(
    'of an adapter that shows no request and pipes %s, while a body goes out and an answer comes in',
    async (_when, something) => {
      const clients = await start({ httpAgent: agent });
      const http = axios.getAdapter('http');
      const adapter: AxiosAdapter = async (config) => {
        if (something) await something;
        const { data, status, statusText, headers } = await http(config);
        return { data, status, statusText, headers, config };
      };
      const data = new PassThrough();
      data.write('x'.repeat(200_000));
      const call = { url: '/200', method: 'post', data, adapter, maxRedirects: 3 };
      const outcome = await outcomeOf(
        clients,
        { ...call, responseType: 'stream' },
        { adapter: 'http' },
      );
      expect(Reflect.get(Object(Reflect.get(data, '_readableState')), 'pipes')).toHaveLength(1);
      expectNothing(outcome);
      expect(pathsTo(data, [...api.secrets])).toEqual([]);
      data.destroy();
    },
  );

  const outcomes: [string, AxiosRequestConfig][] = [
    ['an answer', { url: '/200' }],
    ['an error of the API', { url: '/500' }],
    ['a refused token', { url: '/401' }],
    ['a missing scope', { url: '/403' }],
    ['an answer that breaks off', { url: '/cut' }],
    ['a connection that breaks off', { url: '/off' }],
    ['nobody there', { url: 'http://127.0.0.1:1/x', method: 'post', data: { a: 1 } }],
    ['a timeout', { url: '/never', timeout: 40 }],
    ['an answer that is too long', { url: '/200', maxContentLength: 2 }],
    ['a body that is too long', { url: '/200', method: 'post', data: 'long', maxBodyLength: 1 }],
    [
      'an answer that is no JSON',
      { url: '/text', responseType: 'json', transitional: { silentJSONParsing: false } },
    ],
    [
      'a transformation that throws',
      {
        url: '/200',
        transformResponse: () => {
          throw new Error('odd');
        },
      },
    ],
    ['an answer as a stream', { url: '/200', responseType: 'stream' }],
    ['an error as a stream', { url: '/500', responseType: 'stream' }],
    ['a missing scope as a stream', { url: '/403', responseType: 'stream' }],
    ['a call given up before', { url: '/200', signal: AbortSignal.abort() }],
  ];
  const ways: [string, TokenClientOptions, 'none' | 'client' | 'call', AxiosStatic?][] = [
    ['http', {}, 'none'],
    ['http and an agent', {}, 'client'],
    ['http and an agent of the call', {}, 'call'],
    ['redirects', { maxRedirects: 3 }, 'none'],
    ['redirects and an agent', { maxRedirects: 3 }, 'client'],
    ['redirects and an agent of the call', { maxRedirects: 3 }, 'call'],
    ['fetch', { adapter: 'fetch' }, 'none'],
    ['fetch and an agent', { adapter: 'fetch' }, 'client'],
    ['another build of Axios and an agent', {}, 'client', otherAxios()],
  ];

  describe.each(ways)('by %s', (_way, options, whose, build) => {
    const startThis = () =>
      start(
        {
          ...options,
          allowedOrigins: ['http://127.0.0.1:1'],
          ...(whose === 'client' && { httpAgent: agent }),
        },
        build,
      );
    const mine = whose === 'call' ? { httpAgent: agent } : {};

    it.each(outcomes)('leads to no token: %s', async (_case, call) => {
      const outcome = await outcomeOf(await startThis(), { ...call, ...mine }, mine);
      expectNothing(outcome);
      const { data, response } = outcome as AxiosError & { data: unknown };
      for (const body of [data, response?.data]) {
        if (!(body instanceof Readable)) continue;
        expect(await body.toArray()).toHaveLength(1);
        expectNothing(outcome);
      }
    });

    it.each(['/200', '/401', '/403', '/413', '/500', '/off', '/old'])(
      'leads to no token where a stream is answered early: %s',
      async (url) => {
        const data = new PassThrough();
        data.write('x'.repeat(200_000));
        const call = { url, method: 'post', data, ...mine };
        const outcome = await outcomeOf(await startThis(), call, mine);
        expectNothing(outcome);
        expect(pathsTo(data, [...api.secrets])).toEqual([]);
        expect(Reflect.get(Object(Reflect.get(data, '_readableState')), 'pipes')).toEqual([]);
        data.destroy();
      },
    );

    it('leads to no token for interceptors, progress and redirects', async () => {
      const clients = await startThis();
      const seen: unknown[] = [];
      const note = <T>(value: T): T => {
        seen.push(...lookThrough(value, [...api.secrets, ...Object.values(TOKEN_OF)]));
        return value;
      };
      const mail = clients.axios('mail');
      if (whose !== 'call') mail.interceptors.request.use(note);
      mail.interceptors.response.use(note, (error) => {
        throw note(error);
      });
      await outcomeOf(
        clients,
        {
          url: options.maxRedirects ? '/old' : '/200',
          method: 'post',
          data: 'some',
          onDownloadProgress: note,
          onUploadProgress: note,
          beforeRedirect: (...given) => void note(given),
          ...mine,
        },
        mine,
      );
      await until(() => api.held === 2);
      expect(seen).toEqual([]);
      expect(api.secrets.size).toBe(2);
    });
  });

  it('leads to no proof of possession either', async () => {
    authorization.respond = tokenEndpoint({
      token_type: 'DPoP',
      access_token: 'a-token-with-a-key',
    });
    const clients = await start({ httpAgent: agent, token: 'client', dpop: {} });
    for (const url of ['/200', '/500', '/401']) {
      const outcome = await outcomeOf(clients, { url });
      expect(api.secrets.size).toBeGreaterThanOrEqual(3);
      expectNothing(outcome);
      api.release();
    }
  });

  it('leads to no token while it waits for an answer to a stream with a stream', async () => {
    const clients = await start({ httpAgent: agent });
    const data = new PassThrough();
    data.write('the first');
    const response = (await outcomeOf(clients, {
      url: '/200',
      method: 'post',
      data,
      responseType: 'stream',
    })) as { data: Readable };
    expectNothing(response);
    expect(pathsTo(data, [...api.secrets])).toEqual([]);
    data.end('the rest');
    expect(await response.data.toArray()).toHaveLength(1);
  });

  describe('still does what it did', () => {
    it.each(['client', 'call'])(
      'as the config of an error that is sent again, agent of the %s',
      async (whose) => {
        const clients = await start(whose === 'client' ? { httpAgent: agent } : {});
        const call = { url: '/500', ...(whose === 'call' && { httpAgent: agent }) };
        const error = (await outcomeOf(clients, call)) as AxiosError;
        expect(error.config?.httpAgent).toBe(agent);
        expect(Object.keys(error.config ?? {})).not.toContain('httpAgent');
        const used: unknown[] = [];
        agent.on('free', () => used.push('free'));
        const again = { ...error.config, url: '/200' };
        const mail = clients.axios('mail');
        const response = await runAs('alice', () => mail.request(again));
        expect(response.config.httpAgent).toBe(agent);
        expect(used).toEqual(['free']);
        expect((error.config as unknown as Record<string, unknown>)['url']).toBe('/500');
        expectNothing(response);
      },
    );

    it('as a body that cannot be sent twice', async () => {
      const clients = await start();
      const data = Readable.from(['once']);
      const error = (await outcomeOf(clients, { url: '/500', method: 'post', data })) as AxiosError;
      expect(error.config?.data).toBe(data);
      const again = runAs('alice', () => clients.axios('mail').request(error.config ?? {}));
      await expect(again).rejects.toMatchObject({ code: 'ERR_CANCELED' });
    });

    it('as the agent of the instance, which can be read and changed by name', async () => {
      const clients = await start({ httpAgent: agent });
      const mail: AxiosInstance = clients.axios('mail');
      expect(mail.defaults.httpAgent).toBe(agent);
      expect(pathsTo(mail.defaults, Object.values(TOKEN_OF))).toEqual([]);
      const next = new Agent({ keepAlive: true });
      mail.defaults.httpAgent = next;
      const freed = once(next, 'free');
      await runAs('alice', () => mail.get('/200'));
      await freed;
      next.destroy();
    });
  });
});

function answered(config: object, more: object = {}): Promise<never> {
  const answer = { data: 'mine', status: 200, statusText: 'OK', headers: {}, config, ...more };
  return Promise.resolve(answer as never);
}

function copyOf(headers: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers));
}

function lowerCased(headers: object): Record<string, unknown> {
  const entries = Object.entries(headers) as [string, unknown][];
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}
