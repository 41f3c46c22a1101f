import type { Narrator } from '../narrator.js';
import { Visitor, type VisitedPage } from '../visitor.js';
import { textOf } from '../web.steps.js';
import { readAll } from './redis-content.js';
import { userTokenSeconds, type ReplicasStage } from './replicas.stage.js';

const callsAtOnce = 20;

/** A person to whom two web applications are one. */
export async function oneSessionForBoth(stage: ReplicasStage, narrator: Narrator): Promise<void> {
  const [first, second] = stage.webs;
  const { traffic } = stage.identityServer;
  const visitor = new Visitor();
  const show = ({ status, url, html }: VisitedPage) =>
    narrator.show(`${status} ${url}\n${textOf(html)}`);
  traffic.clear();

  await narrator.step('Alice signs in at web 1, and calls the API through web 2', async () => {
    const home = await signIn(visitor, first.url, 'alice');
    narrator.check('web 1 knows her by name', home.html.includes('Hello, Alice Smith'));
    const page = await visitor.open(`${second.url}/calls/user`);
    show(page);
    narrator.check('web 2 knows her as well', isForAlice(page));
    narrator.check('without a sign-in of its own', page.url === `${second.url}/calls/user`);
  });

  await narrator.step('What somebody who can read Redis learns', async () => {
    const content = await readAll(stage.redis.url);
    const tokens = traffic.tokenExchanges
      .flatMap(({ body }) => [body['access_token'], body['refresh_token'], body['id_token']])
      .filter((token) => typeof token === 'string');
    narrator.show([...content.keys()].map((key) => `${key.slice(0, 60)} ...`).join('\n'));
    const text = [...content].flat().join('\n');
    narrator.check('tokens are kept there', tokens.length > 2 && content.size > 2);
    narrator.check('and none can be read', !tokens.some((token) => text.includes(token)));
    const owners = new Set([...content.keys()].map((key) => key.split(':', 1)[0]));
    narrator.check(
      'each application has names of its own',
      owners.size === 2 && owners.has('gateway') && owners.has('web'),
    );
  });

  await narrator.step('Her token is due, and she is in a hurry', async () => {
    narrator.show(
      `Her access tokens live for ${userTokenSeconds} s, and the last fifth of that is for renewal.`,
    );
    await new Promise((resolve) => setTimeout(resolve, userTokenSeconds * 900));
    traffic.clear();
    const pages = await Promise.all(
      Array.from({ length: callsAtOnce }, (_, i) =>
        visitor.open(`${(i % 2 === 0 ? first : second).url}/calls/user`),
      ),
    );
    const good = pages.filter(isForAlice).length;
    const requests = stage.tokenRequests('refresh_token');
    narrator.show(`${good} of ${callsAtOnce} calls through both answered 200
refreshes of both together: ${requests}`);
    narrator.check('all calls went through', good === callsAtOnce);
    narrator.check('one refresh for all of them: her refresh token is good once', requests === 1);
  });

  await narrator.step('Alice signs out at web 1', async () => {
    const otherTab = visitor.clone();
    const page = await visitor.submit({}, `${first.url}/sign-out`);
    show(page);
    narrator.check('her refresh token was revoked', page.html.includes('was revoked'));
    const home = await otherTab.open(`${second.url}/`);
    show(home);
    narrator.check('web 2 knows at once', textOf(home.html).startsWith('Welcome'));
  });
}

/** Where they are when they have signed in: at the home page. */
export async function signIn(visitor: Visitor, web: string, who: string): Promise<VisitedPage> {
  const page = await visitor.open(`${web}/auth/login`);
  if (page.url.startsWith(web)) {
    // The identity server knew them still, and sent them back at once.
    return page;
  }
  await visitor.submit({ username: who, password: `${who}-password`, decision: 'sign-in' });
  return visitor.submit({ decision: 'allow' });
}

function isForAlice({ status, html }: VisitedPage): boolean {
  return status === 200 && textOf(html).includes('sub alice');
}
