import {
  MemoryUserTokenStore,
  runAs,
  UserTokenService,
  type TokenClientModuleOptions,
  ReauthenticationRequiredError,
} from 'nestjs-access-tokens';
import { runFor } from '../../../lib/common/current-request.js';
import { setVerifiedToken } from '../../../lib/common/verified-token.js';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, type Answer } from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

describe('a refusal stops only what it is about', () => {
  let server: RecordingServer;
  let clock: TestClock;
  let answers: (form: URLSearchParams) => Answer | undefined;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    answers = () => undefined;
    server.requests.length = 0;
    server.respond = ({ body }) =>
      answers(new URLSearchParams(body)) ?? {
        body: { access_token: 'at', token_type: 'Bearer', expires_in: 3600 },
      };
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  async function started(more: Partial<TokenClientModuleOptions> = {}) {
    const baseURL = 'https://api.example.com';
    const { app, tokens, logs } = await TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'web',
      clientSecret: 'web-secret',
      clock,
      userTokenStore: new MemoryUserTokenStore(),
      backchannel: { retries: 0 },
      clients: {
        own: { baseURL },
        mail: { baseURL, token: 'user' },
        files: { baseURL, token: 'user', resource: 'urn:files' },
        next: { baseURL, token: 'exchange' },
        ledger: { baseURL, token: 'exchange', audience: 'ledger' },
      },
      ...more,
    });
    const users = app.get(UserTokenService);
    const names = ['alice', 'bob', ...Array.from({ length: 30 }, (_, at) => `user-${at}`)];
    for (const name of names) {
      await users.store({ accessToken: 'old', refreshToken: name, expiresInSeconds: 1 }, name);
    }
    clock.advance({ seconds: 2 });
    const own = () => tokens.getToken('own');
    const refresh = (user: string, client = 'mail') => runAs(user, () => users.getToken(client));
    const exchange = (user: string, client = 'next', token = `token of ${user}`) => {
      const request = {};
      setVerifiedToken(request, {
        issuer: 'https://id.example.com',
        subject: user,
        audience: [],
        isClient: false,
        isUser: true,
        expiresAt: new Date(clock.now() + 3_600_000),
        raw: token,
      });
      return runFor({ request }, () => users.getToken(client));
    };
    return { tokens, own, refresh, exchange, logs };
  }

  const all = (answer: Answer) => () => answer;
  const forGrant = (type: string, answer: Answer) => (form: URLSearchParams) =>
    form.get('grant_type') === type ? answer : undefined;
  const about = (user: string, answer: Answer) => (form: URLSearchParams) =>
    [form.get('refresh_token'), form.get('subject_token')].some((token) => token?.includes(user))
      ? answer
      : undefined;
  const refused = (error: string): Answer => ({ status: 400, body: { error } });
  const busy: Answer = { status: 429, headers: { 'retry-after': '300' } };

  it('invalid_client stops the client, whatever it asks for', async () => {
    const { own, refresh, exchange } = await started();
    answers = all(refused('invalid_client'));
    await rejection(refresh('alice'));
    for (const one of [own, () => refresh('bob'), () => exchange('alice')]) {
      expect(await rejection(one())).toMatchObject({ oauthError: 'invalid_client' });
    }
    expect(server.requests).toHaveLength(1);
  });

  it.each(['unauthorized_client', 'unsupported_grant_type'])(
    '%s of the client credentials stops neither refreshes nor exchanges',
    async (code) => {
      const { own, refresh, exchange, tokens } = await started();
      answers = forGrant('client_credentials', refused(code));
      expect(await rejection(own())).toMatchObject({
        grantType: 'client_credentials',
        message: expect.stringContaining('Allow the grant type client_credentials') as string,
      });
      expect((await refresh('alice')).accessToken).toBe('at');
      expect((await exchange('alice')).accessToken).toBe('at');
      await rejection(tokens.getToken('own', { audience: 'another' }));
      expect(server.requests).toHaveLength(3);
      expect((await tokens.explain('own')).reason).toContain(
        'the authorization server refused the grant client_credentials and is not asked again before',
      );
    },
  );

  it.each(['unauthorized_client', 'access_denied'])(
    '%s of a refresh wants that user back, and of an exchange stops that user alone, for 30 s',
    async (code) => {
      const { own, refresh, exchange } = await started();
      answers = about('alice', refused(code));
      for (let time = 0; time < 5; time++) {
        expect(await rejection(refresh('alice'))).toBeInstanceOf(ReauthenticationRequiredError);
        expect(await rejection(exchange('alice'))).toMatchObject({
          oauthError: code,
          grantType: EXCHANGE,
        });
      }
      expect(server.requests).toHaveLength(2);
      await Promise.all([own(), refresh('bob'), exchange('bob')]);
      expect(server.requests).toHaveLength(5);
      answers = () => undefined;
      // Another API may be within reach.
      await exchange('alice', 'ledger');
      clock.advance({ seconds: 30 });
      await exchange('alice');
      expect(await rejection(refresh('alice'))).toBeInstanceOf(ReauthenticationRequiredError);
    },
  );

  it.each(['unsupported_grant_type', 'invalid_scope'])(
    '%s of a refresh or an exchange stops that user alone, for 30 s',
    async (code) => {
      const { own, refresh, exchange } = await started();
      answers = about('alice', refused(code));
      for (let time = 0; time < 5; time++) {
        expect(await rejection(refresh('alice'))).toMatchObject({
          oauthError: code,
          grantType: 'refresh_token',
        });
        expect(await rejection(exchange('alice'))).toMatchObject({
          oauthError: code,
          grantType: EXCHANGE,
        });
      }
      expect(server.requests).toHaveLength(2);
      await Promise.all([own(), refresh('bob'), exchange('bob')]);
      expect(server.requests).toHaveLength(5);
      answers = () => undefined;
      // Another API may be within reach.
      await Promise.all([refresh('alice', 'files'), exchange('alice', 'ledger')]);
      clock.advance({ seconds: 30 });
      await Promise.all([refresh('alice'), exchange('alice')]);
    },
  );

  it('names the grant in the advice', async () => {
    const { refresh, exchange } = await started();
    answers = all(refused('unsupported_grant_type'));
    const advice = (type: string) => ({
      message: expect.stringContaining(`Allow the grant type ${type} for the clientId`) as string,
    });
    expect(await rejection(refresh('alice'))).toMatchObject(advice('refresh_token'));
    expect(await rejection(exchange('alice'))).toMatchObject(advice(EXCHANGE));
  });

  it('too many requests of one user take the endpoint from nobody else', async () => {
    const { own, refresh, exchange } = await started();
    answers = about('alice', busy);
    const retryAt = new Date(clock.now() + 300_000);
    for (let time = 0; time < 20; time++) {
      expect(await rejection(refresh('alice'))).toMatchObject({ status: 429, retryAt });
      expect(await rejection(exchange('alice'))).toMatchObject({ status: 429, retryAt });
    }
    await rejection(refresh('alice', 'files'));
    expect(server.requests).toHaveLength(2);
    await Promise.all([own(), refresh('bob'), exchange('bob')]);
    expect(server.requests).toHaveLength(5);
    answers = () => undefined;
    clock.advance({ seconds: 300 });
    await Promise.all([refresh('alice'), exchange('alice')]);
  });

  it('too many requests of the application stop its own tokens, and those of no user', async () => {
    const { own, refresh, exchange } = await started();
    answers = forGrant('client_credentials', busy);
    await rejection(own());
    await Promise.all([refresh('alice'), exchange('alice')]);
    await rejection(own());
    expect(server.requests).toHaveLength(3);
  });

  it('is about all users once several are sent away and none is served, and for 30 s at most', async () => {
    const { own, refresh, exchange } = await started();
    answers = forGrant('refresh_token', busy);
    for (let at = 0; at < 30; at++) await rejection(refresh(`user-${at}`));
    expect(server.requests).toHaveLength(5);
    await Promise.all([own(), exchange('alice')]);
    clock.advance({ seconds: 30 });
    // One finds out that it is so still.
    for (let at = 5; at < 30; at++) await rejection(refresh(`user-${at}`));
    expect(server.requests).toHaveLength(8);
    clock.advance({ seconds: 30 });
    answers = () => undefined;
    await refresh('user-20');
  });

  it('is about single users where others are served in between', async () => {
    const { refresh } = await started();
    for (let at = 0; at < 20; at++) {
      answers = about(`user-${at}`, busy);
      await rejection(refresh(`user-${at}`));
      answers = () => undefined;
      await refresh(`user-${at < 10 ? at + 20 : at + 10}`);
    }
  });

  it('does not take away the token that a user has', async () => {
    const { refresh } = await started();
    await refresh('alice');
    clock.advance({ minutes: 59, seconds: 30 });
    answers = all(busy);
    for (let time = 0; time < 5; time++) expect((await refresh('alice')).accessToken).toBe('at');
    expect(server.requests).toHaveLength(2);
  });
});
