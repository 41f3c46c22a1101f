import type { TokenFacts } from './token-grants.js';

/** A call as it reached an API of the test. */
export interface ReceivedCall {
  readonly method: string;
  /** Below `baseURL`; the whole URL where the call goes elsewhere. Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** But for those with credentials. The names are in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON as a value, anything else as it came. */
  readonly body: unknown;
  /** What the token of the call says, and never the token itself. Missing where it came with none of the kit. */
  readonly token?: TokenFacts | undefined;
}

/** What is answered beside the body. */
export interface ReplyOptions {
  /** @defaultValue 200 */
  status?: number | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  /** How many calls are answered so, before earlier replies count again. @defaultValue all */
  times?: number | undefined;
}

/** @internal */
export interface Reply {
  readonly method: string;
  readonly path: RegExp;
  readonly body: unknown;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  left: number;
}

/** The API that a named client of the application calls, answered in memory. */
export class TestApi {
  readonly #replies: Reply[] = [];
  readonly #calls: ReceivedCall[] = [];
  #isOpen = false;

  /** The calls so far. */
  get calls(): readonly ReceivedCall[] {
    return [...this.#calls];
  }

  /**
   * Answers calls.
   *
   * @param path below `baseURL`, such as `/invoices` or `/invoices/:id`, or a `RegExp` for it
   * @param body a value for JSON, or a function that makes one of the call
   */
  reply(
    method: string,
    path: string | RegExp,
    body?: unknown,
    { status = 200, headers = {}, times = Infinity }: ReplyOptions = {},
  ): this {
    // The last one counts.
    this.#replies.unshift({
      method: method.toUpperCase(),
      path: typeof path === 'string' ? patternOf(path) : path,
      body,
      status,
      headers,
      left: times,
    });
    return this;
  }

  /** Lets calls through to where they would go without the kit: to a server of the test, to nock or msw. */
  passThrough(): this {
    this.#isOpen = true;
    return this;
  }

  /** @internal */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @internal */
  take(call: ReceivedCall): Reply | undefined {
    this.#calls.push(call);
    const found = this.#replies.find(
      ({ method, path, left }) => left > 0 && method === call.method && path.test(call.path),
    );
    if (found) found.left -= 1;
    return found;
  }
}

function patternOf(path: string): RegExp {
  const escaped = path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(/(?<=\/):\w+/g, '[^/]+')}$`);
}
