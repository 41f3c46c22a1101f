import { waitUntil } from '../deadline.js';
import type { Narrator } from '../narrator.js';
import { Visitor } from '../visitor.js';
import { textOf } from '../web.steps.js';
import { allOfThem, callThroughBoth } from './gateways.steps.js';
import type { ReplicasStage } from './replicas.stage.js';
import { signIn } from './webs.steps.js';

/** Redis is gone: what still works, what does not, and how it comes back. */
export async function redisOutage(stage: ReplicasStage, narrator: Narrator): Promise<void> {
  const { traffic } = stage.identityServer;
  const [, gateway] = stage.gateways;
  const [first, second] = stage.webs;
  const visitor = new Visitor();
  const logged = (text: string) => stage.replicas.flatMap((replica) => replica.logged(text));

  await signIn(visitor, first.url, 'bob');
  await stage.redis.stop();
  await narrator.step('Redis is not running', async () => {
    traffic.clear();
    const good = await callThroughBoth(stage);
    narrator.show(`${good} calls through both gateways answered 200`);
    narrator.check('the gateways go on with the token that they have', good === allOfThem);
    const page = await visitor.open(`${first.url}/calls/user`);
    narrator.show(`${page.status} ${page.url}\n${textOf(page.html)}`);
    narrator.check(
      'a web application knows nobody without its sessions, and asks for patience',
      page.status === 503,
    );
  });

  await narrator.step('Meanwhile, a gateway that starts anew', async () => {
    await gateway.stop();
    await gateway.start();
    const good = await callThroughBoth(stage);
    const requests = stage.tokenRequests('client_credentials');
    narrator.show(`${good} calls through both gateways answered 200, token requests: ${requests}`);
    narrator.check('no call failed', good === allOfThem);
    narrator.check('the one without a token got one of its own', requests === 1);
  });

  await stage.redis.startAgain();
  await narrator.step('Redis is back, and empty', async () => {
    const passed = await waitUntil(
      20,
      async () =>
        logged('redis_recovered').length === 4 &&
        // Each leaves it alone for a second after a failure.
        logged('token_cache_recovered').length === logged('token_cache_unavailable').length,
    );
    narrator.show([...logged('redis_unavailable'), ...logged('redis_recovered')].join('\n'));
    narrator.check('each replica has found it again by itself', passed !== undefined);
    narrator.check(
      'and has told of each change once',
      logged('redis_unavailable').length === 4 && logged('redis_recovered').length === 4,
    );

    traffic.clear();
    const home = await signIn(visitor, first.url, 'bob');
    narrator.check('Bob signs in again at web 1', home.html.includes('Hello, Bob Jones'));
    const asBob = await visitor.open(`${second.url}/calls/user`);
    narrator.check('web 2 knows him', textOf(asBob.html).includes('sub bob'));
    const pages = await Promise.all(
      [first, second, first, second].map(({ url }) => visitor.open(`${url}/calls/application`)),
    );
    const good = pages.filter(({ html }) => textOf(html).includes('sub web')).length;
    const requests = stage.tokenRequests('client_credentials');
    narrator.show(`${good} of 4 calls of the web applications in their own name went through
token requests of both together: ${requests}`);
    narrator.check('and both share a token of their own again', good === 4 && requests === 1);
  });
}
