import { setImmediate } from 'node:timers/promises';
import type { ClientTokenService } from 'nestjs-access-tokens';
import type { Calls, LoadPlan } from './replica.orders.js';
import { Tally } from './tally.js';

/** How many callers there are, each of which calls again when it has got its token. */
const CALLERS = 4;
/** After so many calls a caller lets the rest of the process have a turn, as a call to an API would. */
const CALLS_PER_TURN = 50;

/** Calls at full speed until it is stopped. */
export class Load {
  readonly #tally = new Tally();
  readonly #callers: Promise<unknown>;
  #stopped = false;
  #made = 0;

  constructor(
    private readonly tokens: ClientTokenService,
    private readonly plan: LoadPlan,
  ) {
    this.#callers = Promise.all(Array.from({ length: CALLERS }, () => this.callAgainAndAgain()));
  }

  get progress(): number {
    return this.#made;
  }

  async stop(): Promise<Calls> {
    this.#stopped = true;
    await this.#callers;
    return this.#tally.calls;
  }

  private async callAgainAndAgain(): Promise<void> {
    while (!this.#stopped) {
      for (let call = 0; call < CALLS_PER_TURN; call += 1) await this.call();
      await setImmediate();
    }
  }

  private call(): Promise<void> {
    this.#made += 1;
    const { client, coldEvery } = this.plan;
    const cold = coldEvery !== undefined && this.#made % coldEvery === 0;
    // The same in all replicas, so that they meet.
    const options = cold ? { scope: `cold-${this.#made / coldEvery}` } : {};
    return this.#tally.note(() => this.tokens.getToken(client, options));
  }
}
