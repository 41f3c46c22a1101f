import { Body, Controller, Inject, Post } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import {
  AccessToken,
  getTokenClientToken,
  JwtAuthModule,
  MemoryUserTokenStore,
  runAs,
  TokenClientModule,
  type UserReference,
  UserTokenService,
} from 'nestjs-access-tokens';
import { platforms, type RunningApp, startApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { requestsOfUsers, type RequestOfUser } from './grammars/calls-of-users.js';
import { fuzz } from './support/fuzz.js';
import { hopOver } from './support/hop.js';
import { RawConnection } from './support/raw-connection.js';
import {
  type ScriptedAnswer,
  type ScriptedRequest,
  ScriptedServer,
  jsonAnswer,
} from './support/scripted-server.js';
import { AUDIENCE, TestIssuer } from './support/test-issuer.js';
import { WatchingLogger } from './support/watching.logger.js';

const USERS = 6;
const CONNECTIONS = 4;
const OWN = 'nobody';

@Controller()
class Front {
  constructor(
    @Inject(getTokenClientToken('user')) private readonly user: AxiosInstance,
    @Inject(getTokenClientToken('exchange')) private readonly exchange: AxiosInstance,
    @Inject(getTokenClientToken('forward')) private readonly forward: AxiosInstance,
    @Inject(getTokenClientToken('own')) private readonly own: AxiosInstance,
    private readonly users: UserTokenService,
  ) {}

  @Post('sign-in')
  async signIn(@AccessToken() { subject }: AccessToken) {
    const tokens = {
      accessToken: `at.${subject}.0`,
      refreshToken: `rt.${subject}.0`,
      expiresInSeconds: 300,
    };
    await this.users.store(tokens);
    return this.users.currentUser();
  }

  /** What the API has seen is not what the request says, but what the calls carry. */
  @Post('work')
  async work(@Body() { user, calls, atOnce }: RequestOfUser) {
    const all = calls.map(({ client, hops, refused }) => async () => {
      for (const hop of hops) await hopOver(hop);
      const expected = client === 'own' ? OWN : `user-${user}`;
      const path = refused ? '/refusing' : '/';
      const config = { headers: { 'x-owner': expected }, validateStatus: () => true };
      return (await this[client].get<{ owner: string }>(path, config)).data.owner;
    });
    const owners: string[] = [];
    if (atOnce) return { owners: await Promise.all(all.map((call) => call())) };
    for (const call of all) owners.push(await call());
    return { owners };
  }
}

describe.each(platforms)('calls of users who come together, with %s', (platform) => {
  const clock = new TestClock();
  const issuer = new TestIssuer('https://id.example.com');
  const logger = new WatchingLogger(/(?:at|rt|ex)\.user-\d+\.\d+|own\.nobody\.\d+/);
  const connections: RawConnection[] = [];
  let mixed: string[] = [];
  let count = 0;
  let calls = 0;
  let authorization: ScriptedServer;
  let api: ScriptedServer;
  let app: RunningApp;
  let incoming: string[];
  let references: UserReference[];

  beforeAll(async () => {
    authorization = await ScriptedServer.start(({ body }) =>
      jsonAnswer(granted(new URLSearchParams(body))),
    );
    api = await ScriptedServer.start(answer);
    const shared = { baseURL: api.origin };
    app = await startApp({
      platform,
      imports: [
        JwtAuthModule.forRoot({
          issuer: issuer.issuer,
          jwks: issuer.jwks,
          audience: AUDIENCE,
          clock,
        }),
        TokenClientModule.forRoot({
          tokenEndpoint: `${authorization.origin}/token`,
          clientId: 'front',
          clientSecret: 'the-secret-of-the-client',
          clock,
          userTokenStore: new MemoryUserTokenStore(),
          clients: {
            user: { ...shared, token: 'user' },
            exchange: { ...shared, token: 'exchange', audience: 'next' },
            forward: { ...shared, token: 'forward', audience: AUDIENCE },
            own: shared,
          },
        }),
      ],
      controllers: [Front],
      configure: (nest) => nest.useLogger(logger),
    });
    incoming = Array.from({ length: USERS }, (_, n) =>
      issuer.sign(
        issuer.header(n),
        issuer.claims(clock.now(), {
          sub: `user-${n}`,
          jti: String(n),
          sid: `${n}`,
          auth_time: 1,
          amr: ['pwd'],
        }),
        n,
      ),
    );
    references = await Promise.all(incoming.map(signIn));
    connections.push(...Array.from({ length: CONNECTIONS }, () => new RawConnection(app.url)));
  });

  afterAll(async () => {
    for (const connection of connections) connection.close();
    await app.close();
    await Promise.all([authorization.stop(), api.stop()]);
  });

  it('carry the token of their own user, and of nobody else', async () => {
    await fuzz(`calls of users with ${platform}`, requestsOfUsers(USERS), async (all) => {
      const before = calls;
      // Now and then a token is due.
      clock.advance({ seconds: 40 });
      const lines = connections.map((_, lane) => all.filter((_one, n) => n % CONNECTIONS === lane));
      await Promise.all(
        lines.map((line, lane) => sendAll(line, connections[lane] as RawConnection)),
      );
      if (mixed.length > 0) throw new Error(`mixed up: ${mixed.splice(0).join('; ')}`);
      logger.expectClean();
      return calls - before;
    });
  });

  /** @returns what a queue would keep of the user */
  async function signIn(token: string): Promise<UserReference> {
    const response = await fetch(`${app.url}/sign-in`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    return (await response.json()) as UserReference;
  }

  /** What comes over HTTP shares a connection, and does not wait for the answers before it. */
  async function sendAll(line: readonly RequestOfUser[], connection: RawConnection): Promise<void> {
    const queued = line.filter(({ by }) => by === 'queue').map((one) => queue(one));
    const sent = line.filter(({ by }) => by === 'http');
    const answers = await connection.exchange(sent.map(textOf));
    expect(answers).toHaveLength(sent.length);
    for (const [index, { status, body }] of answers.entries()) {
      if (status !== 201) throw new Error(`answered ${status} ${body}`);
      expectOwners(sent[index] as RequestOfUser, (JSON.parse(body) as { owners: string[] }).owners);
    }
    await Promise.all(queued);
  }

  async function queue(one: RequestOfUser): Promise<void> {
    // There is no token that could be exchanged or passed on.
    const able = one.calls.filter(({ client }) => client === 'user' || client === 'own');
    const work = { ...one, calls: able };
    const { owners } = await runAs(references[one.user] as UserReference, () =>
      app.app.get(Front).work(work),
    );
    expectOwners(work, owners);
  }

  function expectOwners({ user, calls: made }: RequestOfUser, owners: readonly string[]): void {
    expect(owners).toEqual(made.map(({ client }) => (client === 'own' ? OWN : `user-${user}`)));
  }

  function textOf(one: RequestOfUser): string {
    const body = JSON.stringify(one);
    const fields = [
      `Authorization: Bearer ${incoming[one.user]}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    return ['POST /work HTTP/1.1', 'Host: front', ...fields, '', body].join('\r\n');
  }

  /** Who owns a token is written in it. */
  function ownerOf(token: string): string {
    const known = incoming.indexOf(token);
    return known >= 0 ? `user-${known}` : (token.split('.')[1] ?? '');
  }

  function granted(form: URLSearchParams): object {
    const subject = form.get('subject_token') ?? form.get('refresh_token');
    const owner = subject === null ? OWN : ownerOf(subject);
    const kind = form.has('subject_token') ? 'ex' : form.has('refresh_token') ? 'at' : 'own';
    return {
      access_token: `${kind}.${owner}.${++count}`,
      ...(form.has('refresh_token') && { refresh_token: `rt.${owner}.${++count}` }),
      token_type: 'Bearer',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      expires_in: 300,
    };
  }

  function answer({ url, headers }: ScriptedRequest): ScriptedAnswer {
    calls += 1;
    const token = headers.authorization?.replace('Bearer ', '') ?? '';
    const owner = ownerOf(token);
    if (owner !== headers['x-owner'])
      mixed.push(`${token.slice(0, 30)} for ${String(headers['x-owner'])}`);
    const refuses = url === '/refusing' && calls % 2 === 0;
    return refuses
      ? {
          ...jsonAnswer({ owner }, 401),
          headers: {
            'www-authenticate': 'Bearer error="invalid_token"',
            'content-type': 'application/json',
          },
        }
      : jsonAnswer({ owner });
  }
});
