import {
  KeyvUserTokenStore,
  runAs,
  UserTokenService,
  type TokenClientModuleOptions,
} from 'nestjs-access-tokens';
import type { TestClock } from './clock.js';
import { placeOf } from './place-of.js';
import { RotatingServer } from './rotating-server.js';
import { AtomicStore } from './shared-store.js';
import { Stage } from './stage.js';
import { TokenClients } from './token-clients.js';

/** How long a replica may take for a refresh, with all that belongs to it. */
export const TURN_MS = 15_000;

const SIGN_IN = { accessToken: 'at-0', refreshToken: 'rt-0', expiresInSeconds: 300 };

/** A stage for replicas that share the tokens of alice, which come from a {@link RotatingServer}. */
export class UserStage extends Stage {
  authorization!: RotatingServer;
  /** Where the tokens of alice are kept. */
  row = '';

  constructor(Clock: typeof TestClock) {
    super(Clock, AtomicStore);
    beforeEach(() => {
      this.authorization = new RotatingServer();
      this.server.respond = (request) => this.authorization.answer(request);
    });
  }

  readonly start = async (more: Partial<TokenClientModuleOptions> = {}, store = this.store) => {
    const server = more.issuer ?? `${this.server.origin}/token`;
    this.row = `nestjs-access-tokens:user:${placeOf('alice', server)}`;
    const { app, logs } = await TokenClients.start({
      tokenEndpoint: `${this.server.origin}/token`,
      clientId: 'web',
      clientSecret: 'web-secret',
      clock: this.clock,
      userTokenStore: new KeyvUserTokenStore(store),
      tokenLock: this.lock,
      encryptionKeys: 'none',
      backchannel: { retries: 0, timeoutMs: TURN_MS - 5_000 },
      clients: { api: { baseURL: 'https://api.example.com', token: 'user' } },
      ...more,
    });
    const users = app.get(UserTokenService);
    const get = () => runAs('alice', async () => (await users.getToken('api')).accessToken);
    const signIn = () => users.store(SIGN_IN, 'alice');
    return { app, logs, users, get, signIn };
  };

  /** So many replicas, and alice signed in at the first. */
  readonly signedIn = async (count: number, more?: Partial<TokenClientModuleOptions>) => {
    const one = await this.start(more);
    const replicas = [one];
    while (replicas.length < count) replicas.push(await this.start(more));
    await one.signIn();
    const [, two = one] = replicas;
    return { one, two, replicas };
  };

  /** The same, and the token has ended. */
  readonly expired = async (count: number, more?: Partial<TokenClientModuleOptions>) => {
    const replicas = await this.signedIn(count, more);
    this.clock.advance({ minutes: 6 });
    return replicas;
  };

  /** What is kept of alice. */
  readonly record = () =>
    JSON.parse(this.store.rows.get(this.row) ?? '') as Record<string, unknown>;

  /** Notes what another process would, that spends the refresh token. */
  readonly note = (by: string, forMs: number): void => {
    const spending = { by, until: this.clock.now() + forMs };
    const record = { ...this.record(), version: `of ${by}`, spending };
    this.store.rows.set(this.row, JSON.stringify(record));
  };
}
