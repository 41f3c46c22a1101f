import { ConfigurationError } from '../common/configuration.error.js';
import { isJsonObject } from '../common/json.js';
import { UserLock } from '../token-client/user/user-lock.js';
import { LoginFailedError } from './errors.js';

type Work = 'regenerate' | 'save' | 'destroy' | 'reload';

const lock = new UserLock();

/**
 * The session of a request, of express-session or @fastify/session alike: both have these functions, and
 * both put another object in its place.
 */
export class WebSession {
  constructor(private readonly request: object) {}

  /**
   * What it holds now. Anything put there is kept.
   *
   * @throws {ConfigurationError} there is no session, or one that lives in a cookie
   */
  get content(): Record<string, unknown> {
    const session: unknown = Reflect.get(this.request, 'session');
    const usable =
      isJsonObject(session) &&
      ['regenerate', 'save', 'destroy', 'reload'].every(
        (name) => typeof session[name] === 'function',
      );
    if (usable) return session;
    throw new ConfigurationError('UserLoginModule', [
      'session: missing. Register express-session or @fastify/session in main.ts, before the application listens; if it is there, its store is not connected. Sessions that live in a cookie will not do.',
    ]);
  }

  /** Another id and nothing in it: whoever knew the id before knows nothing now. */
  regenerate(): Promise<void> {
    return this.run('regenerate');
  }

  /** Now, and not when the answer is sent: the browser can be back before. */
  save(): Promise<void> {
    return this.run('save');
  }

  /**
   * Changes what is in it and saves that. Requests at the same time have a copy of the session each, and the last to
   * save would undo what the others did.
   */
  change(work: (content: Record<string, unknown>) => void): Promise<void> {
    const { id, sessionId } = this.content;
    return lock.run(String(id ?? sessionId), async () => {
      // A new session has not been stored yet: what it holds is what there is.
      await this.run('reload').catch(() => undefined);
      work(this.content);
      await this.save();
    });
  }

  destroy(): Promise<void> {
    return this.run('destroy');
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
