import { Injectable, Module, type DynamicModule, type Type } from '@nestjs/common';
import {
  ConfigurationError,
  TokenClientModule,
  type ProvidedToken,
  type TokenProvider,
  type TokenProviderContext,
} from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';
import { until } from '../../support/until.js';

let contexts: TokenProviderContext[] = [];
let answer: () => ProvidedToken | Promise<ProvidedToken>;

@Injectable()
class Prefix {
  readonly text = 'sidecar';
}

@Injectable()
class SidecarTokens implements TokenProvider {
  constructor(private readonly prefix: Prefix) {}

  async getToken(context: TokenProviderContext): Promise<ProvidedToken> {
    contexts.push(context);
    const token = await answer();
    return { ...token, accessToken: `${this.prefix.text}-${token.accessToken}` };
  }
}

@Injectable()
class KeptTokens extends SidecarTokens {
  cacheKey({ headers }: TokenProviderContext): string {
    return headers['x-user'] ?? 'nobody';
  }
}

describe('a client with a provider', () => {
  let api: RecordingServer;
  let clock: TestClock;

  beforeAll(async () => {
    api = await RecordingServer.start();
  });

  beforeEach(() => {
    let count = 0;
    contexts = [];
    clock = new TestClock();
    answer = () => ({ accessToken: `token-${++count}`, expiresInSeconds: 3600 });
    api.requests.length = 0;
    api.respond = () => ({ body: {} });
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => api.stop());

  function modules(
    provider: Type<TokenProvider>,
    provided = true,
    timeoutMs = 10_000,
  ): DynamicModule[] {
    @Module({})
    class LegacyModule {}
    return [
      TokenClientModule.forRoot({
        clock,
        backchannel: { timeoutMs },
        clients: { legacy: { baseURL: api.origin, provider } },
      }),
      { module: LegacyModule, providers: provided ? [Prefix, provider] : [] },
    ];
  }

  it('asks it for every call, with all there is to know about the call', async () => {
    const legacy = (await TokenClients.start(modules(SidecarTokens))).axios('legacy');
    const { signal } = new AbortController();
    await legacy.post('/a?b=1', {}, { headers: { 'x-user': 'alice' }, signal });
    await legacy.get('/c', { token: { force: true } });
    expect(api.authorizations).toEqual(['Bearer sidecar-token-1', 'Bearer sidecar-token-2']);
    expect(contexts).toEqual([
      expect.objectContaining({
        client: 'legacy',
        method: 'POST',
        url: `${api.origin}/a?b=1`,
        headers: expect.objectContaining({ 'x-user': 'alice' }) as object,
        force: false,
        signal: expect.any(AbortSignal) as AbortSignal,
      }),
      expect.objectContaining({ method: 'GET', force: true }),
    ]);
  });

  it('keeps tokens under the key that it gives, and renews them in time', async () => {
    const legacy = (await TokenClients.start(modules(KeptTokens))).axios('legacy');
    const get = (user: string) => legacy.get('/', { headers: { 'x-user': user } });
    await Promise.all([get('alice'), get('alice'), get('bob'), get('alice')]);
    expect(contexts).toHaveLength(2);
    clock.advance({ minutes: 61 });
    await get('alice');
    expect(contexts).toHaveLength(3);
    expect(api.authorizations.slice(-1)).toEqual(['Bearer sidecar-token-3']);
  });

  it('tells it which token was refused', async () => {
    const { tokens } = await TokenClients.start(modules(SidecarTokens));
    const rejected = await tokens.getToken('legacy');
    await tokens.getToken('legacy', { rejected });
    expect(contexts[1]).toMatchObject({ force: true, rejected });
  });

  it.each<[string, object]>([
    ['nothing', undefined as never],
    ['no token', {}],
    ['a token with a line break', { accessToken: 'a\r\nb: c' }],
    ['a token of another type', { accessToken: 'x', tokenType: 'DPoP' }],
  ])('refuses %s', async (_case, given) => {
    @Injectable()
    class Bad implements TokenProvider {
      getToken = () => given as ProvidedToken;
    }
    const { tokens } = await TokenClients.start(modules(Bad));
    expect(await rejection(tokens.getToken('legacy'))).toMatchObject({
      code: 'token_provider_failed',
      client: 'legacy',
      reason: expect.stringMatching(/^gave /) as string,
    });
  });

  it.each([SidecarTokens, KeptTokens])(
    'fails the call where it throws, and tells no more than that: %p',
    async (provider) => {
      answer = () => {
        throw new TypeError('password=hunter2hunter2');
      };
      const legacy = (await TokenClients.start(modules(provider))).axios('legacy');
      const error = await rejection(legacy.get('/'));
      expect(error).toMatchObject({
        name: 'TokenProviderFailedError',
        code: 'token_provider_failed',
        message:
          "Client 'legacy' got no access token: its provider threw TypeError. (see: errors#token_provider_failed)",
      });
      expectNoSecret(error, 'hunter2');
      expect(api.requests).toHaveLength(0);
    },
  );

  it('says no more either where it is cacheKey that throws', async () => {
    @Injectable()
    class Keyless extends SidecarTokens {
      cacheKey(): string {
        throw new TypeError('password=hunter2hunter2');
      }
    }
    const { tokens } = await TokenClients.start(modules(Keyless));
    const error = await rejection(tokens.getToken('legacy'));
    expect(error).toMatchObject({
      code: 'token_provider_failed',
      reason: 'has a cacheKey that threw TypeError',
    });
    expectNoSecret(error, 'hunter2');
  });

  it.each([SidecarTokens, KeptTokens])(
    'does not wait for ever, and asks again: %p',
    async (provider) => {
      const { tokens } = await TokenClients.start(modules(provider, true, 50));
      const good = answer;
      answer = () => new Promise(() => {});
      expect(await rejection(tokens.getToken('legacy'))).toMatchObject({
        code: 'token_provider_failed',
        reason: expect.stringContaining('no answer within 50 ms') as string,
      });
      answer = good;
      expect((await tokens.getToken('legacy')).accessToken).toBe('sidecar-token-1');
    },
  );

  it('is given up with the application, and asked no more', async () => {
    const { app, tokens } = await TokenClients.start(modules(KeptTokens));
    answer = () => new Promise(() => {});
    const waiting = rejection(tokens.getToken('legacy'));
    await until(() => contexts.length === 1);
    await app.close();
    expect(await waiting).toMatchObject({ reason: 'was given up: the application ends' });
    await rejection(tokens.getToken('legacy'));
    expect(contexts).toHaveLength(1);
  });

  it('lets go of a caller who leaves', async () => {
    const { tokens } = await TokenClients.start(modules(SidecarTokens));
    answer = () => new Promise(() => {});
    const controller = new AbortController();
    const waiting = rejection(tokens.getToken('legacy', { signal: controller.signal }));
    controller.abort('enough');
    expect(await waiting).toBe('enough');
  });

  it('is told when a renewal fails, and the token at hand serves on', async () => {
    const { tokens, logs } = await TokenClients.start(modules(KeptTokens));
    const first = await tokens.getToken('legacy');
    answer = () => {
      throw new Error('down');
    };
    clock.advance({ seconds: 3595 });
    for (let call = 0; call < 10; call++) expect(await tokens.getToken('legacy')).toBe(first);
    expect(contexts).toHaveLength(2);
    expect(logs.ours).toEqual([
      expect.stringMatching(/^warn .*token_renewal_failed: .*its provider threw Error/) as string,
    ]);
  });

  it('does not start where nobody provides it', async () => {
    const error = await rejection(TokenClients.start(modules(SidecarTokens, false)));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({
      problems: [
        'clients.legacy.provider: is not provided by any module of the application. Add it to the providers of one.',
      ],
    });
  });
});
