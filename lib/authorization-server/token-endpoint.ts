import { customFetch, tokenRevocation } from 'openid-client';
import { createBackchannel, type Backchannel } from './http/backchannel.js';
import { sleep } from '../common/clock.js';
import { TokenRequestError, type NoTokenError } from './errors.js';
import { noSpan } from './span-context.js';
import { type SpanContext } from './span-context.js';
import { TokenEndpointDiscovery } from './token-endpoint-discovery.js';
import type { DetachedTasks } from '../common/detached-tasks.js';
import { configure } from './openid-configuration.js';
import { revocationOf } from './grant.js';
import type { GrantedToken } from './granted-token.js';
import { EndpointBackoff } from './endpoint-backoff.js';
import { RetryPolicy } from './http/retry-policy.js';
import { isTransient, neverProcessed, TokenRequestAttempt } from './token-request-attempt.js';
import type { TokenEndpointSettings } from './token-endpoint.settings.js';
import { TokenRequestExchange } from './token-request-exchange.js';
import type { TokenRequest } from './token-request.js';
import { checkRevocation } from './token-response.js';

const MAX_ANSWER_BYTES = 1_000_000;
const NOT_FOR_REVOCATION: ReadonlySet<string> = new Set(['resource', 'audience', 'token']);

/**
 * The only place that talks OAuth. One call is one token request, with its retries; whoever wants to
 * spare requests does so on top of it.
 */
export class TokenEndpoint {
  private readonly backoff: EndpointBackoff;
  /** The way to authorization servers, for whoever asks them for more than tokens. */
  readonly fetch: Backchannel;
  readonly servers: TokenEndpointDiscovery;

  constructor(
    private readonly settings: TokenEndpointSettings,
    private readonly work: DetachedTasks,
  ) {
    const { clock, backchannel, allowInsecureHttp } = settings;
    this.backoff = new EndpointBackoff(clock);
    this.fetch = createBackchannel({
      ...backchannel,
      maxBytes: MAX_ANSWER_BYTES,
      allowInsecureHttp,
    });
    this.servers = new TokenEndpointDiscovery(clock, this.fetch, backchannel.timeoutMs, this.work);
  }

  /**
   * Asks for a token on behalf of a named client, which the errors then name.
   *
   * @param within takes all that happens along
   * @throws {NoTokenError} whatever went wrong
   */
  async request(
    request: TokenRequest,
    client: string,
    within: SpanContext = noSpan,
  ): Promise<GrantedToken> {
    const paused = this.paused(request);
    if (paused) throw paused.forClient(client);
    const attempt = new TokenRequestAttempt(request, client);
    const { timeoutMs, retries } = this.settings.backchannel;
    try {
      const policy = new RetryPolicy(retries, timeoutMs, this.settings.clock);
      const granted = await this.work.run(timeoutMs, (signal) =>
        within(() => this.requestWithRetries(attempt, policy, signal)),
      );
      this.backoff.granted(request);
      return granted;
    } catch (error) {
      const failure = attempt.failure(error);
      this.backoff.refused(request, failure);
      throw failure;
    }
  }

  /**
   * Revokes a token (RFC 7009).
   *
   * @returns whether the server has done so; false where it has no place for that
   * @throws {NoTokenError} whatever went wrong
   */
  async revoke(
    request: TokenRequest,
    token: string,
    hint: string,
    client: string,
  ): Promise<boolean> {
    const attempt = new TokenRequestAttempt({ ...request, grant: revocationOf(token) }, client);
    try {
      return await this.work.run(this.settings.backchannel.timeoutMs, async (signal) => {
        const { authenticate, tls } = await attempt.present();
        const { server, credentials } = request;
        const location = await this.servers.locate(server, tls !== undefined);
        if (location.revocationEndpoint === undefined) return false;
        attempt.locatedAt(location.revocationEndpoint, location.authenticationMethods);
        const configuration = configure(location, credentials.clientId, authenticate);
        configuration[customFetch] = async (url, { method, headers, body }) => {
          const sent = body instanceof URLSearchParams ? body : null;
          const answer = await this.fetch(url, { method, headers, body: sent, signal, tls });
          await checkRevocation(answer, (refusal) => attempt.refused(refusal));
          return new Response(null);
        };
        // Without what says which API a token is for: it is for none any more.
        const own = request.parameters.filter(([name]) => !NOT_FOR_REVOCATION.has(name));
        await tokenRevocation(configuration, token, {
          ...Object.fromEntries(own),
          token_type_hint: hint,
        });
        return true;
      });
    } catch (error) {
      const failure = attempt.failure(error);
      // RFC 7009 section 2.2.1: it has no place for tokens of this kind.
      if (isUnsupportedTokenType(failure)) return false;
      throw failure;
    }
  }

  /** Asks the server again, whatever it said before. */
  resume(request: TokenRequest): void {
    this.backoff.end(request);
  }

  /** Forgets what is known about the server as well. */
  forget(request: TokenRequest): void {
    this.backoff.end(request);
    this.servers.forget(request.server);
  }

  /** Gives up the connections that are kept. */
  close(): void {
    this.fetch.close();
  }

  /** Why the server is not to be asked at the moment, if it said so. */
  paused(request: TokenRequest): NoTokenError | undefined {
    return this.backoff.current(request);
  }

  /** Tries until there is a token or no hope. */
  private async requestWithRetries(
    attempt: TokenRequestAttempt,
    policy: RetryPolicy,
    signal: AbortSignal,
  ): Promise<GrantedToken> {
    for (;;) {
      const exchange = new TokenRequestExchange(
        attempt,
        this.servers,
        this.fetch,
        this.settings.clock,
      );
      try {
        return await this.run(attempt, exchange, signal);
      } catch (error) {
        const { repeatable } = attempt.request.grant;
        if (!isTransient(error) || !(repeatable || neverProcessed(error))) throw error;
        const wait = policy.nextWaitMs(exchange.retryAfterMs);
        if (wait === undefined) throw this.throttled(attempt, error, exchange.retryAfterMs);
        await sleep(this.settings.clock, wait, signal);
      }
    }
  }

  /** Where the server named a time, nobody asks it before. */
  private throttled(
    attempt: TokenRequestAttempt,
    error: unknown,
    pauseMs: number | undefined,
  ): unknown {
    if (!pauseMs) return error;
    const retryAt = new Date(this.settings.clock.now() + pauseMs);
    const failure = attempt.throttled(attempt.failure(error), retryAt);
    this.backoff.throttled(attempt.request, failure, pauseMs);
    return failure;
  }

  private async run(
    attempt: TokenRequestAttempt,
    exchange: TokenRequestExchange,
    signal: AbortSignal,
  ): Promise<GrantedToken> {
    const presented = await attempt.present();
    try {
      return await exchange.ask(presented, signal);
    } catch (error) {
      const failure = attempt.failure(error);
      const denied =
        failure instanceof TokenRequestError && failure.oauthError === 'invalid_client';
      if (!denied) throw error;
      // Perhaps they were changed a moment ago. The same ones once more would help nobody.
      const current = await attempt.present().catch(() => presented);
      if (current.version === presented.version) throw error;
      return exchange.ask(current, signal);
    }
  }
}

function isUnsupportedTokenType(failure: NoTokenError): boolean {
  return failure instanceof TokenRequestError && failure.oauthError === 'unsupported_token_type';
}
