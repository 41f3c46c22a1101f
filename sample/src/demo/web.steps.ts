import type { Narrator } from './narrator.js';
import type { Stage } from './stage.js';
import { Visitor, type VisitedPage } from './visitor.js';

/** A person signs in to a web application, which calls the API in the name of that person. */
export async function web(stage: Stage, narrator: Narrator): Promise<void> {
  const { traffic } = stage.identityServer;
  const { url } = stage.web;
  const visitor = new Visitor();
  const seen: VisitedPage[] = [];
  const look = async (page: Promise<VisitedPage>): Promise<VisitedPage> => {
    seen.push(await page);
    const { status, html, url: address } = await page;
    narrator.show(`${status} ${address}\n${textOf(html)}`);
    return page;
  };

  await narrator.step('Alice signs in to the web application', async () => {
    const login = await visitor.open(`${url}/auth/login`);
    narrator.check(
      'it sends her to the identity server, and never sees her password',
      login.url.startsWith(stage.identityServer.issuer),
    );
    await visitor.submit({ username: 'alice', password: 'alice-password', decision: 'sign-in' });
    const home = await look(visitor.submit({ decision: 'allow' }));
    narrator.check('she is back', home.url === `${url}/` && home.status === 200);
    narrator.check('and known by name', home.html.includes('Hello, Alice Smith'));
  });

  await narrator.step('The web application calls the API for her, and for itself', async () => {
    const forAlice = await look(visitor.open(`${url}/calls/user`));
    const forItself = await look(visitor.open(`${url}/calls/application`));
    narrator.check('the API knows her', textOf(forAlice.html).includes('sub alice'));
    narrator.check('and the application', textOf(forItself.html).includes('sub web'));
  });

  await narrator.step('Alice signs out', async () => {
    const page = await look(visitor.submit({}, '/sign-out'));
    narrator.check('her refresh token was revoked', page.html.includes('was revoked'));
    narrator.check('the identity server did it', traffic.revocations.at(-1)?.status === 200);
    const tokens = traffic.tokenExchanges
      .flatMap(({ body }) => [body['access_token'], body['refresh_token'], body['id_token']])
      .filter((token) => typeof token === 'string');
    const received = [visitor.kept, ...seen.map(({ html }) => html)].join('\n');
    narrator.check(
      'no token was in any page or cookie',
      tokens.length > 3 && !tokens.some((token) => received.includes(token)),
    );
  });
}

/** What can be read on a page. */
export function textOf(html: string): string {
  const main = /<main>(.*)<\/main>/s.exec(html)?.[1] ?? html;
  const lines = main.replaceAll(/\s+/g, ' ').split(/<\/(?:h1|h2|p|tr|caption|a|button)>/);
  return lines
    .map((line) =>
      line
        .replaceAll(/<[^>]*>/g, '')
        .replaceAll(/ +/g, ' ')
        .trim(),
    )
    .filter(Boolean)
    .join('\n');
}
