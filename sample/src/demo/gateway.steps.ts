import { call } from './http-call.js';
import type { Narrator } from './narrator.js';
import type { Stage } from './stage.js';

const calls = 1_000;
const atATime = 50;

/** A service calls a service. */
export async function gateway(stage: Stage, narrator: Narrator): Promise<void> {
  const orders = `${stage.gateway.url}/orders`;
  const { traffic } = stage.identityServer;
  const tokenRequestsBefore = traffic.requests.token;

  await narrator.step('An order is created and read through the gateway', async () => {
    const created = await call(`POST ${orders}`, { json: { article: 'tea', quantity: 2 } });
    const read = await call(`GET ${orders}`);
    narrator.show(`${created.text}\n${read.text}`);
    const order = { id: 1, article: 'tea', quantity: 2, placedBy: 'gateway' };
    narrator.check('the order was created', created.status === 201);
    narrator.check('it was placed by the gateway', same(created.body, order));
    narrator.check('it is in the list', same(read.body, [order]));
  });

  await narrator.step(`${calls} calls through the gateway`, async () => {
    const start = performance.now();
    const good = await manyCalls(`GET ${orders}`);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const { token, jwks } = traffic.requests;
    const tokenRequests = token - tokenRequestsBefore;
    narrator.show(`${good} of ${calls} calls answered 200, in ${seconds} s
token requests of the gateway since it started:        ${tokenRequests}
key set requests of api and orders since they started: ${jwks}`);
    narrator.check('all calls got an answer', good === calls);
    narrator.check('one token request was made for all of them', tokenRequests === 1);
    narrator.check('each of the two protected services fetched the keys once', jwks === 2);
  });
}

/** How many of the calls were answered with 200. */
async function manyCalls(request: string): Promise<number> {
  let started = 0;
  let good = 0;
  const caller = async () => {
    while (started < calls) {
      started += 1;
      const { status } = await call(request);
      good += status === 200 ? 1 : 0;
    }
  };
  await Promise.all(Array.from({ length: atATime }, caller));
  return good;
}

function same(actual: unknown, expected: unknown): boolean {
  return JSON.stringify(actual) === JSON.stringify(expected);
}
