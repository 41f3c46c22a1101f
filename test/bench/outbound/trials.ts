import type { Flood, Pace } from './clients/jobs.js';
import type { Options } from './options.js';
import { BARE, type Contestant, TOKEN_CLIENTS } from './plan.js';
import type { EndpointManner, Setting } from './setting.js';

/** What one contestant does with the token endpoint when many calls come at once. */
export interface FloodTrial extends Flood {
  readonly contestant: Contestant;
  readonly tokenRequests: number;
}

export interface RenewalTrial extends Pace {
  readonly contestant: Contestant;
  readonly tokenRequests: number;
}

/** What is counted, and not timed: one after the other, once. */
export interface Trials {
  readonly cold: readonly FloodTrial[];
  readonly failing: readonly FloodTrial[];
  readonly renewals: readonly RenewalTrial[];
}

export const FAILING_CALLS = 200;
export const CALLS_PER_SECOND = 100;
const ANSWER_MS = 20;

export async function holdTrials(options: Options, setting: Setting): Promise<Trials> {
  const slow = { delayMs: ANSWER_MS };
  const cold: FloodTrial[] = [];
  const failing: FloodTrial[] = [];
  for (const contestant of TOKEN_CLIENTS) {
    cold.push(await flood(contestant, options.coldCalls, slow, setting));
    failing.push(await flood(contestant, FAILING_CALLS, { ...slow, status: 500 }, setting));
  }
  return { cold, failing, renewals: await renewals(options, setting) };
}

async function flood(
  contestant: Contestant,
  calls: number,
  manner: EndpointManner,
  setting: Setting,
): Promise<FloodTrial> {
  const tokenEndpoint = setting.tokenEndpoint(manner);
  const client = await setting.client(contestant.name, tokenEndpoint);
  const seen = await client.ask<Flood>({ kind: 'flood', calls });
  await client.end();
  return { contestant, ...seen, tokenRequests: await setting.tokenRequests(tokenEndpoint) };
}

/** All at the same time, as nearly all that they do is wait; bare Axios shows what the machine adds. */
async function renewals({ renewalMs: ms }: Options, setting: Setting): Promise<RenewalTrial[]> {
  const paced = [BARE, ...TOKEN_CLIENTS].map(async (contestant) => {
    const tokenEndpoint = setting.tokenEndpoint({ delayMs: 300, expiresIn: 3 });
    const client = await setting.client(contestant.name, tokenEndpoint);
    const seen = await client.ask<Pace>({ kind: 'pace', perSecond: CALLS_PER_SECOND, ms });
    await client.end();
    return { contestant, tokenEndpoint, ...seen };
  });
  const trials: RenewalTrial[] = [];
  for (const { tokenEndpoint, ...seen } of await Promise.all(paced))
    trials.push({ ...seen, tokenRequests: await setting.tokenRequests(tokenEndpoint) });
  return trials;
}
