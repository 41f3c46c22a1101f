import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientTokenService,
  KeyvUserTokenStore,
  runAs,
  TokenClientModule,
  UserTokenService,
  type Revocation,
  type UserTokenSet,
} from 'nestjs-access-tokens';
import { LineLogger } from './line.logger.js';
import { Load } from './load.js';
import type {
  CallPlan,
  Calls,
  LoadPlan,
  ReplicaOrders,
  ReplicaSetting,
  Resources,
} from './replica.orders.js';
import { sharingOf, type Sharing } from './sharing.js';
import { Tally } from './tally.js';

/** One of several processes of the same application. */
export class Replica implements ReplicaOrders {
  readonly #logger = new LineLogger();
  #app: INestApplicationContext | undefined;
  #sharing: Sharing | undefined;
  #load: Load | undefined;
  #aheadMs = 0;

  async start(setting: ReplicaSetting): Promise<void> {
    this.#sharing = await sharingOf(setting);
    const { store, lock } = this.#sharing;
    const options = {
      ...setting.options,
      tokenCache: store,
      tokenLock: lock,
      userTokenStore: new KeyvUserTokenStore(store),
      clock: { now: () => Date.now() + this.#aheadMs },
    };
    class AppModule {}
    this.#app = await NestFactory.createApplicationContext(
      { module: AppModule, imports: [TokenClientModule.forRoot(options)] },
      { logger: this.#logger, abortOnError: false },
    );
  }

  async close(): Promise<void> {
    await this.#load?.stop();
    await this.#app?.close();
    await this.#sharing?.close();
  }

  async call({ clients, times, user }: CallPlan): Promise<Calls> {
    const tally = new Tally();
    const all = Array.from({ length: times }, () => clients).flat();
    const get = (client: string) =>
      user === undefined
        ? this.clientTokens.getToken(client)
        : runAs(user, () => this.userTokens.getToken(client));
    await Promise.all(all.map((client) => tally.note(() => get(client))));
    return tally.calls;
  }

  startLoad(plan: LoadPlan): void {
    this.#load = new Load(this.clientTokens, plan);
  }

  progress(): number {
    return this.#load?.progress ?? 0;
  }

  async stopLoad(): Promise<Calls> {
    const load = this.#load;
    this.#load = undefined;
    if (!load) throw new Error('There is no load');
    return load.stop();
  }

  async signIn(user: string, tokens: UserTokenSet): Promise<void> {
    await this.userTokens.store(tokens, user);
  }

  revoke(user: string): Promise<Revocation> {
    return this.userTokens.revoke({ user });
  }

  invalidate(client: string): Promise<void> {
    return this.clientTokens.invalidate(client);
  }

  async stateOf(client: string): Promise<string> {
    return (await this.clientTokens.explain(client)).state;
  }

  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  lines(): readonly string[] {
    return this.#logger.lines;
  }

  resources(): Resources {
    // There with --expose-gc. Twice: what has a finalizer goes with the second one.
    for (let round = 0; round < 2; round += 1) globalThis.gc?.();
    const active: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) active[kind] = (active[kind] ?? 0) + 1;
    return { heapBytes: process.memoryUsage().heapUsed, active };
  }

  private get clientTokens(): ClientTokenService {
    return this.app.get(ClientTokenService);
  }

  private get userTokens(): UserTokenService {
    return this.app.get(UserTokenService);
  }

  private get app(): INestApplicationContext {
    if (!this.#app) throw new Error('It has not been started');
    return this.#app;
  }
}
