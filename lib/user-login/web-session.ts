import { isJsonObject } from '../common/json.js';
import { KeyedQueue } from '../common/keyed-queue.js';
import { LoginFailedError, SessionMissingError, UnknownLoginError } from './errors.js';
import { readRequest } from '../common/http-request.js';

type Work = 'regenerate' | 'save' | 'destroy' | 'reload';

const lock = new KeyedQueue();

/**
 * The session of a request, of express-session or @fastify/session alike: both have these functions, and
 * both put another object in its place.
 */
export class WebSession {
  constructor(private readonly request: object) {}

  /**
   * What it holds now. Anything put there is kept.
   *
   * @throws {SessionMissingError} there is no session, or one that lives in a cookie
   */
  get content(): Record<string, unknown> {
    const session: unknown = Reflect.get(this.request, 'session');
    const usable =
      isJsonObject(session) &&
      ['regenerate', 'save', 'destroy', 'reload'].every(
        (name) => typeof session[name] === 'function',
      );
    if (usable) return session;
    throw new SessionMissingError();
  }

  /** Another id and nothing in it: whoever knew the id before knows nothing now. */
  regenerate(): Promise<void> {
    return lock.run(this.id, () => this.run('regenerate'));
  }

  /** Now, and not when the answer is sent: the browser can be back before. */
  save(): Promise<void> {
    return this.run('save');
  }

  /**
   * Changes what is in it and saves that, unless the work throws. Requests at the same time have a copy of the session
   * each, and the last to save would undo what the others did: signing out, too.
   *
   * @throws {UnknownLoginError} the session has ended since the request came
   */
  change<T>(work: (content: Record<string, unknown>) => T): Promise<T> {
    return lock.run(this.id, async () => {
      await this.refresh();
      const result = work(this.content);
      await this.save();
      return result;
    });
  }

  destroy(): Promise<void> {
    return lock.run(this.id, () => this.run('destroy'));
  }

  private get id(): string {
    const { id, sessionId } = this.content;
    return String(id ?? sessionId);
  }

  /** Puts what is stored now in the place of the copy. */
  private async refresh(): Promise<void> {
    if (await this.isStored()) return this.run('reload');
    // A new session: what it holds is what there is.
    if (!this.isFromBrowser()) return undefined;
    // With the copy gone from the request, nobody saves it when the answer is sent.
    await this.run('destroy');
    throw new UnknownLoginError('its session has ended while it was under way');
  }

  /** Asks the store itself: to reload what is not there gives an error in Express, and an empty session in Fastify. */
  private isStored(): Promise<boolean> {
    const store: unknown = Reflect.get(this.request, 'sessionStore');
    return new Promise((resolve, reject) => {
      const done = (error: unknown, found: unknown) => {
        // Stores of files say it that way.
        const missing = isJsonObject(error) && error['code'] === 'ENOENT';
        if (error && !missing) reject(new LoginFailedError(503, 'the session could not reload'));
        else resolve(!error && Boolean(found));
      };
      const get = isJsonObject(store) ? store['get'] : undefined;
      if (typeof get === 'function') Reflect.apply(get, store, [this.id, done]);
      else reject(new LoginFailedError(503, 'the session has no store'));
    });
  }

  /** Whether the browser came with it, so that it was stored at that time. Nobody can name a new one in advance. */
  private isFromBrowser(): boolean {
    const { cookie } = readRequest(this.request).headers;
    const { encryptedSessionId } = this.content;
    const names = [this.id, encryptedSessionId].filter((name) => typeof name === 'string');
    return String(cookie)
      .split(';')
      .some((pair) => names.some((name) => decoded(pair).includes(name)));
  }

  private run(work: Work): Promise<void> {
    const session = this.content;
    return new Promise((resolve, reject) => {
      const done = (error?: unknown) => {
        // Not what it threw, which may hold a connection string.
        if (error) reject(new LoginFailedError(503, `the session could not ${work}`));
        else resolve();
      };
      const method = session[work];
      if (typeof method === 'function') Reflect.apply(method, session, [done]);
    });
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
