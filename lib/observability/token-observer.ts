import type { Logger } from '@nestjs/common';
import { oneLine } from '../common/excerpt.js';
import type { Clock } from '../common/clock.js';
import { remainingMs } from '../common/remaining.js';
import { NoTokenError, type TokenRequestError } from '../authorization-server/errors.js';
import type { TokenHooks, TokenRenewedEvent, TokenRequestFailedEvent } from './token-hooks.js';
import { HookRunner } from './hook-runner.js';
import { OncePerState } from '../common/once-per-state.js';
import { type LookUp, type MeasuredRequest, type Telemetry } from './telemetry.js';
import { noSpan } from '../authorization-server/span-context.js';
import { type SpanContext } from '../authorization-server/span-context.js';

export type { LookUp };

/** Refusals that follow each other faster are one state. */
const QUIET_MS = 60_000;
/** How long one complaint about an API that refuses every token is enough, of whomever it is. */
const COMPLAINT_MS = 5 * 60_000;

/**
 * Is told all that happens to tokens, and tells whoever wants to know: the log (changes of state, never
 * single calls), hooks of the application, metrics and traces.
 */
export class TokenObserver {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #hooks: TokenHooks;
  readonly #runner: HookRunner;
  readonly #telemetry: Telemetry | undefined;
  readonly #narrower = new OncePerState();
  readonly #dropped = new OncePerState();
  readonly #refusals: OncePerState;
  /** Until when nothing more is said of a client whose tokens are refused. */
  readonly #complainedUntil = new Map<string, number>();
  /** The clients whose renewals fail. One may have many tokens, of tenants or users, and is one line all the same. */
  readonly #troubled = new Map<string, 'renewal' | 'ended'>();
  #ended = false;

  constructor(logger: Logger, clock: Clock, hooks: TokenHooks = {}, telemetry?: Telemetry) {
    this.#logger = logger;
    this.#clock = clock;
    this.#refusals = new OncePerState(clock, QUIET_MS);
    this.#hooks = hooks;
    this.#runner = new HookRunner((line) => this.warn(line));
    this.#telemetry = telemetry;
  }

  lookedUp(client: string, how: LookUp): void {
    this.#telemetry?.lookedUp(client, how);
  }

  /** Runs a token request. */
  request<T>(request: MeasuredRequest, work: (within: SpanContext) => Promise<T>): Promise<T> {
    return this.#telemetry ? this.#telemetry.request(request, work) : work(noSpan);
  }

  /** Another replica has got a token. */
  pickedUp(client: string): void {
    if (this.#troubled.delete(client)) this.recovered(client);
  }

  async renewed(event: TokenRenewedEvent): Promise<void> {
    this.pickedUp(event.client);
    if (!this.#hooks.tokenRenewed) return;
    await this.#runner.run('tokenRenewed', event.client, () => this.#hooks.tokenRenewed?.(event));
  }

  async failed(event: TokenRequestFailedEvent): Promise<void> {
    if (!this.#hooks.tokenRequestFailed) return;
    const { client, error } = event;
    // The failure is remembered for others, who are not to see what a hook does to it.
    const own = error instanceof NoTokenError ? error.forClient(client) : error;
    await this.#runner.run('tokenRequestFailed', client, () =>
      this.#hooks.tokenRequestFailed?.({ ...event, error: own }),
    );
  }

  /** Renewals begin to fail while there is a token to go on with. */
  renewalFailing(client: string, error: Error, usableUntil: Date): void {
    if (this.#troubled.has(client)) return;
    this.#troubled.set(client, 'renewal');
    this.warn(
      `token_renewal_failed: Client '${client}': token renewal failed, going on with the token that ends at ${usableUntil.toISOString()}. ${error.message}`,
    );
  }

  /** The token to go on with has ended, and renewals still fail. */
  tokenEnded(client: string, error: Error): void {
    if (this.#ended || this.#troubled.get(client) === 'ended') return;
    this.#troubled.set(client, 'ended');
    this.#logger.error(
      `token_ended: Client '${client}': its token has ended and no new one can be got, so its calls fail. ${error.message}`,
    );
  }

  /** The authorization server refuses, and is not asked again for a while. */
  refused(client: string, error: TokenRequestError, until: Date): void {
    if (!this.#refusals.begins(client, error.oauthError)) return;
    this.warn(
      `token_request_refused: Not asked again before ${until.toISOString()}. ${error.message}`,
    );
  }

  /** An API goes on refusing tokens that are new. Is told with every call, and tells it every five minutes. */
  rejectedAgain(client: string): void {
    const now = this.#clock.now();
    if (remainingMs(this.#complainedUntil.get(client) ?? 0, now, COMPLAINT_MS) > 0) return;
    this.#complainedUntil.set(client, now + COMPLAINT_MS);
    this.warn(
      `token_rejected_again: Client '${client}': new tokens are answered with 401 as well, so no more are asked for because of that for a while. Is the audience of the token the one that the API expects?`,
    );
  }

  /** Is told with every call, and tells it once. */
  scopeNotGranted(client: string, missing: readonly string[]): void {
    if (!this.#narrower.begins(client, ...missing)) return;
    this.warn(
      `token_scope_narrower: Client '${client}' asked for ${oneLine(missing.join(' '))} and did not get it. Allow it to the clientId at the authorization server, or remove it from scope.`,
    );
  }

  /** Credentials that were meant for another API are not sent. Tells it once. */
  credentialsDropped(client: string, names: readonly string[]): void {
    if (!this.#dropped.begins(client)) return;
    this.warn(
      `inherited_credentials_dropped: Client '${client}' does not send ${names.join(', ')}, which defaults of Axios have and its options have not: they would go out in place of its token or beside it. Take them out of axios.defaults, or give them to the client, or to the single call, that they are for.`,
    );
  }

  /** A call is made once more because an API refused its token. */
  retriedAfter401(client: string): void {
    this.#telemetry?.retriedAfter401(client);
  }

  /** The application ends. What is given up because of that is no failure that anybody should hear of. */
  end(): void {
    this.#ended = true;
    this.#runner.end();
  }

  private recovered(client: string): void {
    if (this.#ended) return;
    this.#logger.log(`token_renewal_recovered: Client '${client}': token renewal works again.`);
  }

  private warn(line: string): void {
    if (!this.#ended) this.#logger.warn(line);
  }
}
