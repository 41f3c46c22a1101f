import { call } from '../http-call.js';
import type { Narrator } from '../narrator.js';
import type { ReplicasStage } from './replicas.stage.js';

const callsAtOnce = 50;

/** What went well of many calls at the same moment, every other one through the other gateway. */
export async function callThroughBoth({ gateways }: ReplicasStage): Promise<string> {
  const answers = Array.from({ length: callsAtOnce }, async (_, i) => {
    const { status } = await call(`GET ${gateways[i % 2 === 0 ? 0 : 1].url}/orders`);
    return status === 200;
  });
  const good = (await Promise.all(answers)).filter(Boolean).length;
  return `${good} of ${callsAtOnce}`;
}

export const allOfThem = `${callsAtOnce} of ${callsAtOnce}`;

/** Two gateways are one client of the authorization server, and have one token. */
export async function oneTokenForBoth(stage: ReplicasStage, narrator: Narrator): Promise<void> {
  await narrator.step(
    `${callsAtOnce} calls at the same moment, through both gateways`,
    async () => {
      stage.identityServer.traffic.clear();
      const good = await callThroughBoth(stage);
      const requests = stage.tokenRequests('client_credentials');
      narrator.show(`${good} calls answered 200
token requests of both gateways together: ${requests}`);
      narrator.check('all calls got an answer', good === allOfThem);
      narrator.check(
        'neither had a token before, and one request was made for both',
        requests === 1,
      );
    },
  );

  await narrator.step('Gateway 2 starts anew, and has forgotten its token', async () => {
    const [, second] = stage.gateways;
    await second.stop();
    await second.start();
    const answer = await call(`GET ${second.url}/orders`);
    const requests = stage.tokenRequests('client_credentials');
    narrator.show(`${answer.text}\ntoken requests so far: ${requests}`);
    narrator.check('it finds the token of both in Redis', answer.status === 200 && requests === 1);
  });
}
