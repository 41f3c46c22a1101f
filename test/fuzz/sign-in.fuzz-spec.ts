import fc from 'fast-check';
import { localPath } from '../../lib/user-login/local-path.js';
import { platforms } from '../support/app.js';
import type { AuthorizationServer } from '../support/authorization-server.js';
import { type LoginApp, startLoginApp } from '../support/login-app.js';
import { queryOf, signInCase, type SignInCase } from './grammars/callbacks.js';
import { returnTo, staysAt } from './grammars/return-to.js';
import { fuzz } from './support/fuzz.js';
import { expectPlain } from './support/invariants.js';
import { type RawAnswer, valuesOf } from './support/raw-answer.js';
import { RawConnection } from './support/raw-connection.js';
import { SignInServer } from './support/sign-in.server.js';

const ORIGIN = 'https://app.example.com';
const SECRET = /(?:code|token)-in-secret-\d+/;
/** Refused, or 502 and 503 where it is the authorization server that is wrong. */
const REFUSALS = [400, 401, 404, 405, 431, 502, 503];

it('where users want to go is never another place', async () => {
  const paths = fc.array(returnTo, { minLength: 20, maxLength: 100 });
  await fuzz(
    'places to return to',
    paths,
    (all) => {
      for (const place of all) {
        const path = localPath(place, ORIGIN);
        if (path !== undefined && !staysAt(path, ORIGIN))
          throw new Error(`leads away: ${JSON.stringify(place)}`);
      }
      if (localPath('/orders/1?a=b#c', ORIGIN) !== '/orders/1?a=b#c')
        throw new Error('refuses an honest path');
      return all.length;
    },
    0.5,
  );
});

describe.each(platforms)('mutated sign-ins with %s', (platform) => {
  let server: SignInServer;
  let app: LoginApp;
  let browsers: Browser[];

  beforeAll(async () => {
    server = await SignInServer.start();
    app = await startLoginApp({
      platform,
      server: server as unknown as AuthorizationServer,
      login: { scope: 'offline_access' },
    });
    browsers = Array.from({ length: 4 }, (_, n) => new Browser(app.url, `user-${n}`));
  });

  afterAll(async () => {
    for (const { connection } of browsers) connection.close();
    await app.close();
    await server.stop();
  });

  it('sign nobody in but the user who has begun, and lead nowhere else', async () => {
    const cases = fc.array(signInCase, { minLength: 1, maxLength: 4 });
    await fuzz(`mutated sign-ins with ${platform}`, cases, async (all) => {
      await Promise.all(all.map((one, n) => check(one, browsers[n] as Browser)));
      server.forget();
      for (const line of app.logs.lines.splice(0)) {
        expectPlain(line);
        if (SECRET.test(line)) throw new Error(`a secret in the log: ${line}`);
      }
      return all.length;
    });
  });

  async function check(one: SignInCase, browser: Browser): Promise<void> {
    const subject = browser.nextSubject();
    const begun = await browser.begin(one.returnTo);
    const other = server.authorize(await browser.begin(undefined), subject, one.idToken);
    const own = server.authorize(begun, subject, one.idToken);
    const query = queryOf(one, own, other);
    const answer = await browser.send(one.method, `/auth/callback?${query}`);
    // Node.js itself closes the connection where the line cannot be read.
    if (!answer) return;
    const who = await browser.whoami();
    const signedIn = who === subject;
    if (signedIn) browser.subject = subject;
    const mayPass =
      one.method === 'GET' &&
      isAnswer(query, own, other) &&
      (await server.wouldTake(one.idToken, begun, subject));
    if (signedIn && !mayPass) throw new Error(`wrongly signed in by ${query}`);
    const isHonest =
      one.tampering.length + one.queryEdits.length + one.idToken.edits.length === 0 &&
      Object.keys(one.idToken.claims.set).length + one.idToken.claims.without.length === 0;
    if (isHonest && one.method === 'GET' && !signedIn)
      throw new Error(`an honest user was refused: ${answer.text}`);
    // The server itself may say that it is somebody else.
    const isOther = who === one.idToken.claims.set['sub'] && answer.status === 302;
    expectAnswer(answer, signedIn || isOther);
  }

  /** As the user has brought it, with nothing there twice; or that of the other sign-in, whole. */
  function isAnswer(
    query: string,
    ...answers: Record<'code' | 'state' | 'iss', string>[]
  ): boolean {
    const read = new URLSearchParams(query);
    return answers.some((answer) =>
      Object.entries(answer).every(([name, value]) => {
        const values = read.getAll(name);
        return values.length === 1 && values[0] === value;
      }),
    );
  }

  function expectAnswer(answer: RawAnswer, signedIn: boolean): void {
    // What Nest finds no route for it answers with the URL that came.
    if (answer.status !== 404 && SECRET.test(answer.text))
      throw new Error(`a secret in ${answer.text}`);
    for (const [name, value] of answer.fields) expectPlain(name + value);
    if (!signedIn) {
      expect(REFUSALS).toContain(answer.status);
      return;
    }
    expect(answer.status).toBe(302);
    const [location = ''] = valuesOf(answer, 'location');
    expect(new URL(location, app.url).origin).toBe(app.url);
    if (!staysAt(location.slice(app.url.length), app.url))
      throw new Error(`leads away: ${location}`);
  }
});

/** Keeps the session, and sends requests as they are. */
class Browser {
  readonly connection: RawConnection;
  subject = '';
  #cookie = '';

  constructor(
    url: string,
    private readonly name: string,
  ) {
    this.connection = new RawConnection(url);
  }

  /** Another one than the last, so that it can be told whether a sign-in has worked. */
  nextSubject(): string {
    return this.subject === `${this.name}-a` ? `${this.name}-b` : `${this.name}-a`;
  }

  /** @returns the authorization request */
  async begin(place: string | undefined): Promise<URLSearchParams> {
    const query =
      place === undefined
        ? ''
        : `?returnTo=${new URLSearchParams({ place }).toString().slice('place='.length)}`;
    const answer = await this.send('GET', `/auth/login${query}`);
    if (answer?.status !== 302) throw new Error(`no sign-in has begun: ${answer?.text}`);
    return new URL(valuesOf(answer, 'location')[0] ?? '').searchParams;
  }

  async whoami(): Promise<unknown> {
    const answer = await this.send('GET', '/whoami');
    return (JSON.parse(answer?.body ?? '{}') as { subject?: unknown }).subject;
  }

  async send(method: string, path: string): Promise<RawAnswer | undefined> {
    const body = method === 'GET' || method === 'HEAD' ? '' : 'Content-Length: 0\r\n';
    const request = `${method} ${path} HTTP/1.1\r\nHost: app\r\nCookie: ${this.#cookie}\r\n${body}\r\n`;
    const [answer] = await this.connection.exchange([request]);
    for (const cookie of answer ? valuesOf(answer, 'set-cookie') : [])
      this.#cookie = cookie.split(';')[0] ?? '';
    return answer;
  }
}
