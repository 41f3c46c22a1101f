import type { Scopes } from './application/application.js';
import type { Burst } from './application/bursts.js';
import type { Options } from './options.js';
import { type Contestant, isHeld, tokenRequestsPerCall, type Workload } from './plan.js';
import type { Setting } from './setting.js';

/** One round: bursts in one setting. */
export class Lane {
  private scopes = 0;

  constructor(
    private readonly setting: Setting,
    private readonly options: Options,
  ) {}

  /** @throws if it has cost more token requests, or fewer, than it is to: then it was not what it is called */
  async burst(contestant: Contestant, workload: Workload): Promise<Burst> {
    const { burst, tokenRequests } = await this.run(contestant, workload, 1);
    const expected = burst.calls * tokenRequestsPerCall(contestant, workload);
    if (tokenRequests === expected) return burst;
    throw new Error(
      `${contestant.label}, ${workload}: ${burst.calls} calls made ${tokenRequests} token requests in place of ${expected}`,
    );
  }

  /** As many bursts as one. The first of them also gets what is to be at hand from then on. */
  async run(
    { name }: Contestant,
    workload: Workload,
    times: number,
  ): Promise<{ burst: Burst; tokenRequests: number }> {
    const { heldMs, coldCalls } = this.options;
    const scopes = this.newScopes(coldCalls * times);
    if (workload === 'shared') await this.setting.ask({ kind: 'share', name, scopes });
    const before = await this.setting.tokenRequests();
    const burst = await this.setting.ask<Burst>(
      isHeld(workload)
        ? { kind: 'held', name, ms: heldMs * times, named: workload === 'call' }
        : { kind: 'cold', name, scopes },
    );
    return { burst, tokenRequests: (await this.setting.tokenRequests()) - before };
  }

  private newScopes(count: number): Scopes {
    const first = this.scopes;
    this.scopes += count;
    return { first, count };
  }
}
