import {
  allowInsecureRequests,
  Configuration,
  customFetch,
  genericGrantRequest,
  tokenRevocation,
  type ClientAuth,
  type DPoPHandle,
} from 'openid-client';
import { createBackchannel, type BackchannelFetch } from '../../common/backchannel.js';
import { sleep, type Clock } from '../../common/clock.js';
import type { PresentedCredentials } from '../authentication/client-credentials.js';
import { TokenRequestError, type NoTokenError } from '../errors.js';
import { IssuedToken } from '../issued-token.js';
import { nowhere, type Within } from '../observability/telemetry.js';
import { AuthorizationServers, type TokenEndpointLocation } from './authorization-servers.js';
import type { BoundedWork } from './bounded-work.js';
import { Pauses } from './pauses.js';
import { retryAfterMs } from './retry-after.js';
import { RetryPolicy } from './retry-policy.js';
import { isTransient, isUntouched, TokenAttempt } from './token-attempt.js';
import { revocationOf } from './grant.js';
import { lifetimeMs } from './token-lifetime.js';
import type { TokenRequest } from './token-request.js';
import { checkRevocation, readTokenResponse, type ErrorResponse } from './token-response.js';

const MAX_ANSWER_BYTES = 1_000_000;

/** A token, and from when on its life is counted. */
export interface GrantedToken {
  readonly token: IssuedToken;
  /** When the request for it was sent, in milliseconds since the epoch. */
  readonly requestedAt: number;
  /** What comes with the token of a user. */
  readonly refreshToken?: string | undefined;
  /** As it came: nothing in it has been checked. */
  readonly idToken?: string | undefined;
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
  /** The way to authorization servers, for whoever asks them for more than tokens. */
  readonly fetch: BackchannelFetch;
  readonly servers: AuthorizationServers;

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
   * @param within takes all that happens along
   * @throws {NoTokenError} whatever went wrong
   */
  async request(
    request: TokenRequest,
    client: string,
    within: Within = nowhere,
  ): Promise<GrantedToken> {
    const paused = this.paused(request);
    if (paused) throw paused.forClient(client);
    const attempt = new TokenAttempt(request, client);
    const { timeoutMs, retries } = this.settings.backchannel;
    const policy = new RetryPolicy(retries, timeoutMs);
    try {
      return await this.work.run(timeoutMs, (signal) =>
        within(() => this.persist(attempt, policy, signal)),
      );
    } catch (error) {
      throw attempt.failure(error);
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
    const attempt = new TokenAttempt({ ...request, grant: revocationOf(token) }, client);
    try {
      return await this.work.run(this.settings.backchannel.timeoutMs, async (signal) => {
        const { authenticate, tls } = await attempt.present();
        const { server, credentials } = request;
        const location = await this.servers.locate(server, tls !== undefined);
        if (location.revocationEndpoint === undefined) return false;
        attempt.locatedAt(location.revocationEndpoint);
        const configuration = configure(location, credentials.clientId, authenticate);
        configuration[customFetch] = async (url, { method, headers, body }) => {
          const sent = body instanceof URLSearchParams ? body : null;
          const answer = await this.fetch(url, { method, headers, body: sent, signal, tls });
          await checkRevocation(answer, (refusal) => attempt.refused(refusal));
          return new Response(null);
        };
        await tokenRevocation(configuration, token, { token_type_hint: hint });
        return true;
      });
    } catch (error) {
      throw attempt.failure(error);
    }
  }

  /** Why the server is not to be asked at the moment, if it said so. */
  paused(request: TokenRequest): NoTokenError | undefined {
    return this.pauses.current(request);
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
        const { repeatable } = attempt.request.grant;
        if (!isTransient(error) || !(repeatable || isUntouched(error))) throw error;
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
    const { server, credentials, grant, scopes, parameters, dpop } = attempt.request;
    const location = await this.servers.locate(server, tls !== undefined);
    attempt.locatedAt(location.endpoint);
    // Those who wait were told by now that it failed: nothing may be asked in their name any more.
    signal.throwIfAborted();

    const configuration = configure(location, credentials.clientId, authenticate);
    const expected = { type: dpop ? 'DPoP' : 'Bearer', forUser: grant.forUser } as const;
    configuration[customFetch] = async (url, { method, headers, body }) => {
      const sent = body instanceof URLSearchParams ? body : null;
      const answer = await this.fetch(url, { method, headers, body: sent, signal, tls });
      exchange.retryAfterMs = retryAfterMs(answer.headers, this.settings.clock.now());
      const response = await readTokenResponse(answer, expected);
      const nonce = answer.headers.get('dpop-nonce');
      if (!('error' in response)) {
        const { id_token: idToken, ...others } = response;
        // Checked by whoever knows the user, and not by the library: a refresh token that came with it is not to be lost.
        exchange.idToken = idToken;
        return forLibrary(others, 200, nonce);
      }
      if (dpop && exchange.demandsNonce(response, nonce)) return forLibrary(response, 400, nonce);
      throw attempt.refused(response);
    };
    const form = new URLSearchParams([...parameters, ...grant.parameters].map(([...pair]) => pair));
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    const handle: DPoPHandle | undefined = await dpop?.handle(configuration);
    const requestedAt = this.settings.clock.now();
    const granted = await genericGrantRequest(
      configuration,
      grant.type,
      form,
      handle && { DPoP: handle },
    );
    const token = new IssuedToken({
      accessToken: granted.access_token,
      tokenType: expected.type,
      expiresAt: new Date(requestedAt + lifetimeMs(granted, requestedAt)),
      scopes: granted.scope === undefined ? scopes : granted.scope.split(' ').filter(isScope),
      requestedScopes: scopes,
      possession: { dpop, tls },
    });
    return { token, requestedAt, refreshToken: granted.refresh_token, idToken: exchange.idToken };
  }
}

/** What one attempt learns on its way. */
class Exchange {
  retryAfterMs: number | undefined;
  idToken: string | undefined;
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
  { issuer, endpoint, revocationEndpoint }: TokenEndpointLocation,
  clientId: string,
  authenticate: ClientAuth,
): Configuration {
  const server = {
    issuer,
    token_endpoint: endpoint,
    ...(revocationEndpoint && { revocation_endpoint: revocationEndpoint }),
  };
  const configuration = new Configuration(server, clientId, undefined, authenticate);
  // The time limit is ours, over more than the request.
  configuration.timeout = 0;
  // Whether plain http is fine for this host is decided by our fetch.
  if (new URL(endpoint).protocol === 'http:') allowInsecureRequests(configuration);
  return configuration;
}
