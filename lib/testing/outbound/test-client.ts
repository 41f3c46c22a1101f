/** How the token endpoint of the test answers a client. */
export interface TokenAnswer {
  /** `expires_in`, in seconds. @defaultValue 300 */
  expiresInSeconds?: number | undefined;
  /** The scopes that are granted. @defaultValue those that were asked for */
  scope?: string | readonly string[] | undefined;
  /** More members of the answer, such as `{ id_token: … }`. */
  members?: Readonly<Record<string, unknown>> | undefined;
}

/** How the token endpoint of the test refuses a client. */
export interface TokenRefusal {
  /** `error_description` */
  description?: string | undefined;
  /** @defaultValue 401 for `invalid_client`, else 400 */
  status?: number | undefined;
  /** How many requests are answered so, before it is as it was. @defaultValue all that follow */
  times?: number | undefined;
}

/** How the token endpoint of the test turns requests away. */
export interface Throttling {
  /** `Retry-After`, in seconds by the clock of the kit, which moves on while the application waits. @defaultValue 1 */
  retryAfterSeconds?: number | undefined;
  /** How many requests are answered so, before it is as it was. @defaultValue all that follow */
  times?: number | undefined;
}

/** A token request as the token endpoint of the test got it, without secrets and tokens. */
export interface SentTokenRequest {
  readonly grantType: string;
  readonly scopes: readonly string[];
  /** All other parameters, but for those that hold secrets or tokens. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What one request is answered with. @internal */
export interface PlannedAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the token endpoint of the test has for one named client of the application. */
export class TestClient {
  /** @internal */
  readonly requests: SentTokenRequest[] = [];
  #answer: TokenAnswer = {};
  #failure: PlannedAnswer | undefined;
  #failures = 0;

  /** It gives tokens: what it does unless a test says otherwise. */
  answers(answer: TokenAnswer = {}): this {
    this.#answer = answer;
    this.#failures = 0;
    return this;
  }

  /** It refuses with this error, as `invalid_client` (RFC 6749 section 5.2). */
  failsWith(error: string, { description, status, times = Infinity }: TokenRefusal = {}): this {
    const body = { error, ...(description !== undefined && { error_description: description }) };
    return this.#fail({ status: status ?? (error === 'invalid_client' ? 401 : 400), body }, times);
  }

  /** It turns requests away with 429. */
  throttles({ retryAfterSeconds = 1, times = Infinity }: Throttling = {}): this {
    const headers = { 'retry-after': String(retryAfterSeconds) };
    return this.#fail({ status: 429, body: {}, headers }, times);
  }

  /** It answers with 503, as a server does that is down. */
  unavailable({ times = Infinity }: Pick<Throttling, 'times'> = {}): this {
    return this.#fail({ status: 503, body: {} }, times);
  }

  /** @internal What the next request is to be answered with. */
  next(): TokenAnswer | PlannedAnswer {
    if (!this.#failure || this.#failures <= 0) return this.#answer;
    this.#failures -= 1;
    return this.#failure;
  }

  #fail(failure: PlannedAnswer, times: number): this {
    this.#failure = failure;
    this.#failures = times;
    return this;
  }
}
