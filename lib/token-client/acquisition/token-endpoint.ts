import {
  allowInsecureRequests,
  clientCredentialsGrant,
  Configuration,
  customFetch,
  type ClientAuth,
  type DPoPHandle,
} from 'openid-client';
import { createBackchannel, type BackchannelFetch } from '../../common/backchannel.js';
import { sleep, type Clock } from '../../common/clock.js';
import type { PresentedCredentials } from '../authentication/client-credentials.js';
import { TokenRequestError } from '../errors.js';
import { IssuedToken } from '../issued-token.js';
import { AuthorizationServers, type TokenEndpointLocation } from './authorization-servers.js';
import type { BoundedWork } from './bounded-work.js';
import { Pauses } from './pauses.js';
import { retryAfterMs } from './retry-after.js';
import { RetryPolicy } from './retry-policy.js';
import { isTransient, TokenAttempt } from './token-attempt.js';
import { lifetimeMs } from './token-lifetime.js';
import type { TokenRequest } from './token-request.js';
import { readTokenResponse, type ErrorResponse } from './token-response.js';

const MAX_ANSWER_BYTES = 1_000_000;

/** A token, and from when on its life is counted. */
export interface GrantedToken {
  readonly token: IssuedToken;
  /** When the request for it was sent, in milliseconds since the epoch. */
  readonly requestedAt: number;
}

/** How authorization servers are talked to, with all defaults filled in. */
export interface BackchannelSettings {
  readonly timeoutMs: number;
  readonly retries: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly proxy: string | undefined;
  readonly ca: readonly string[] | undefined;
}

/** How {@link TokenEndpoint} talks to authorization servers. */
export interface TokenEndpointSettings {
  readonly clock: Clock;
  readonly backchannel: BackchannelSettings;
  readonly allowInsecureHttp: boolean;
}

/**
 * The only place that talks OAuth. One call is one token request, with its retries; whoever wants to
 * spare requests does so on top of it.
 */
export class TokenEndpoint {
  private readonly pauses: Pauses;
  private readonly fetch: BackchannelFetch;
  private readonly servers: AuthorizationServers;

  constructor(
    private readonly settings: TokenEndpointSettings,
    private readonly work: BoundedWork,
  ) {
    const { clock, backchannel, allowInsecureHttp } = settings;
    this.pauses = new Pauses(clock);
    this.fetch = createBackchannel({
      ...backchannel,
      maxBytes: MAX_ANSWER_BYTES,
      allowInsecureHttp,
    });
    this.servers = new AuthorizationServers(clock, this.fetch, backchannel.timeoutMs, this.work);
  }

  /**
   * Asks for a token on behalf of a named client, which the errors then name.
   *
   * @throws {NoTokenError} whatever went wrong
   */
  async request(request: TokenRequest, client: string): Promise<GrantedToken> {
    const paused = this.pauses.current(request);
    if (paused) throw paused.forClient(client);
    const attempt = new TokenAttempt(request, client);
    const { timeoutMs, retries } = this.settings.backchannel;
    const policy = new RetryPolicy(retries, timeoutMs);
    try {
      return await this.work.run(timeoutMs, (signal) => this.persist(attempt, policy, signal));
    } catch (error) {
      throw attempt.failure(error);
    }
  }

  /** Tries until there is a token or no hope. */
  private async persist(
    attempt: TokenAttempt,
    policy: RetryPolicy,
    signal: AbortSignal,
  ): Promise<GrantedToken> {
    for (;;) {
      const exchange = new Exchange();
      try {
        return await this.run(attempt, exchange, signal);
      } catch (error) {
        if (!isTransient(error)) throw error;
        const wait = policy.nextWaitMs(exchange.retryAfterMs);
        if (wait === undefined) throw this.giveUp(attempt, error, exchange.retryAfterMs);
        await sleep(this.settings.clock, wait, signal);
      }
    }
  }

  /** Where the server named a time, nobody asks it before. */
  private giveUp(attempt: TokenAttempt, error: unknown, pauseMs: number | undefined): unknown {
    if (!pauseMs) return error;
    const retryAt = new Date(this.settings.clock.now() + pauseMs);
    const failure = attempt.throttled(attempt.failure(error), retryAt);
    this.pauses.begin(attempt.request, failure, pauseMs);
    return failure;
  }

  private async run(
    attempt: TokenAttempt,
    exchange: Exchange,
    signal: AbortSignal,
  ): Promise<GrantedToken> {
    const presented = await attempt.present();
    try {
      return await this.ask(attempt, presented, exchange, signal);
    } catch (error) {
      const failure = attempt.failure(error);
      const denied =
        failure instanceof TokenRequestError && failure.oauthError === 'invalid_client';
      if (!denied) throw error;
      // Perhaps they were changed a moment ago. The same ones once more would help nobody.
      const current = await attempt.present().catch(() => presented);
      if (current.version === presented.version) throw error;
      return this.ask(attempt, current, exchange, signal);
    }
  }

  private async ask(
    attempt: TokenAttempt,
    { authenticate, tls }: PresentedCredentials,
    exchange: Exchange,
    signal: AbortSignal,
  ): Promise<GrantedToken> {
    const { server, credentials, scopes, parameters, dpop } = attempt.request;
    const location = await this.servers.locate(server, tls !== undefined);
    attempt.locatedAt(location.endpoint);
    // Those who wait were told by now that it failed: nothing may be asked in their name any more.
    signal.throwIfAborted();

    const configuration = configure(location, credentials.clientId, authenticate);
    const tokenType = dpop ? 'DPoP' : 'Bearer';
    configuration[customFetch] = async (url, { method, headers, body }) => {
      const form = body instanceof URLSearchParams ? body : null;
      const answer = await this.fetch(url, { method, headers, body: form, signal, tls });
      exchange.retryAfterMs = retryAfterMs(answer.headers, this.settings.clock.now());
      const response = await readTokenResponse(answer, tokenType);
      const nonce = answer.headers.get('dpop-nonce');
      if (!('error' in response)) return forLibrary(response, 200, nonce);
      if (dpop && exchange.demandsNonce(response, nonce)) return forLibrary(response, 400, nonce);
      throw attempt.refused(response);
    };
    const grant = new URLSearchParams(parameters.map(([name, value]) => [name, value]));
    if (scopes.length > 0) grant.set('scope', scopes.join(' '));
    const handle: DPoPHandle | undefined = await dpop?.handle(configuration);
    const requestedAt = this.settings.clock.now();
    const granted = await clientCredentialsGrant(configuration, grant, handle && { DPoP: handle });
    const token = new IssuedToken({
      accessToken: granted.access_token,
      tokenType,
      expiresAt: new Date(requestedAt + lifetimeMs(granted, requestedAt)),
      scopes: granted.scope === undefined ? scopes : granted.scope.split(' ').filter(isScope),
      requestedScopes: scopes,
      possession: { dpop, tls },
    });
    return { token, requestedAt };
  }
}

/** What one attempt learns on its way. */
class Exchange {
  retryAfterMs: number | undefined;
  private nonceGiven = false;

  /** Whether the server only wants its nonce in the proof (RFC 9449 section 8). Once; else it would never end. */
  demandsNonce({ error }: ErrorResponse, nonce: string | null): boolean {
    const first = error === 'use_dpop_nonce' && nonce !== null && !this.nonceGiven;
    this.nonceGiven ||= first;
    return first;
  }
}

function forLibrary(body: object, status: number, nonce: string | null): Response {
  return Response.json(body, { status, headers: nonce ? { 'dpop-nonce': nonce } : {} });
}

/** Not as strict as RFC 6749 section 3.3, only fit to be shown. */
function isScope(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Made for each attempt, as the credentials may be others each time. */
function configure(
  { issuer, endpoint }: TokenEndpointLocation,
  clientId: string,
  authenticate: ClientAuth,
): Configuration {
  const server = { issuer, token_endpoint: endpoint };
  const configuration = new Configuration(server, clientId, undefined, authenticate);
  // The time limit is ours, over more than the request.
  configuration.timeout = 0;
  // Whether plain http is fine for this host is decided by our fetch.
  if (new URL(endpoint).protocol === 'http:') allowInsecureRequests(configuration);
  return configuration;
}
