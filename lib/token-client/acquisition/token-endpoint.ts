import {
  allowInsecureRequests,
  clientCredentialsGrant,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
} from 'openid-client';
import { createBackchannel, type BackchannelFetch } from '../../common/backchannel.js';
import type { Clock } from '../../common/clock.js';
import { IssuedToken } from '../issued-token.js';
import { AuthorizationServers } from './authorization-servers.js';
import { BoundedWork } from './bounded-work.js';
import type { ClientCredentials } from './client-credentials.js';
import { TokenAttempt } from './token-attempt.js';
import { lifetimeMs } from './token-lifetime.js';
import type { TokenRequest } from './token-request.js';
import { readTokenResponse } from './token-response.js';

const MAX_ANSWER_BYTES = 1_000_000;

/** A token, and from when on its life is counted. */
export interface GrantedToken {
  readonly token: IssuedToken;
  /** When the request for it was sent, in milliseconds since the epoch. */
  readonly requestedAt: number;
}

/** How {@link TokenEndpoint} talks to authorization servers. */
export interface TokenEndpointSettings {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly allowInsecureHttp: boolean;
}

/**
 * The only place that talks OAuth. One call is one token request; whoever wants to spare requests does
 * so on top of it.
 */
export class TokenEndpoint {
  private readonly work = new BoundedWork();
  private readonly fetch: BackchannelFetch;
  private readonly servers: AuthorizationServers;

  constructor(private readonly settings: TokenEndpointSettings) {
    const { clock, timeoutMs, allowInsecureHttp } = settings;
    this.fetch = createBackchannel({ timeoutMs, maxBytes: MAX_ANSWER_BYTES, allowInsecureHttp });
    this.servers = new AuthorizationServers(clock, this.fetch, timeoutMs, this.work);
  }

  /**
   * Asks for a token on behalf of a named client, which the errors then name.
   *
   * @throws {NoTokenError} whatever went wrong
   */
  async request(request: TokenRequest, client: string): Promise<GrantedToken> {
    const attempt = new TokenAttempt(request, client);
    try {
      return await this.work.run(this.settings.timeoutMs, (signal) => this.run(attempt, signal));
    } catch (error) {
      throw attempt.failure(error);
    }
  }

  /** Gives up all requests under way. */
  close(): void {
    this.work.end();
  }

  private async run(attempt: TokenAttempt, signal: AbortSignal): Promise<GrantedToken> {
    const { server, credentials, scopes, parameters } = attempt.request;
    const endpoint = await this.servers.tokenEndpointOf(server);
    attempt.locatedAt(endpoint);
    const configuration = configure(endpoint, credentials, await attempt.readSecret());
    // Those who wait were told by now that it failed: nothing may be asked in their name any more.
    signal.throwIfAborted();

    configuration[customFetch] = async (url, { method, headers, body }) => {
      const form = body instanceof URLSearchParams ? body : null;
      const answer = await this.fetch(url, { method, headers, body: form, signal });
      const response = await readTokenResponse(answer);
      if ('error' in response) throw attempt.refused(response);
      return Response.json(response);
    };
    const grant = new URLSearchParams(parameters.map(([name, value]) => [name, value]));
    if (scopes.length > 0) grant.set('scope', scopes.join(' '));
    const requestedAt = this.settings.clock.now();
    const granted = await clientCredentialsGrant(configuration, grant);
    const token = new IssuedToken({
      accessToken: granted.access_token,
      tokenType: 'Bearer',
      expiresAt: new Date(requestedAt + lifetimeMs(granted, requestedAt)),
      scopes: granted.scope === undefined ? scopes : granted.scope.split(' ').filter(isScope),
    });
    return { token, requestedAt };
  }
}

/** Not as strict as RFC 6749 section 3.3, only fit to be shown. */
function isScope(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Made for each request, as the secret may be another each time. */
function configure(
  endpoint: string,
  { clientId, authentication }: ClientCredentials,
  secret: string,
): Configuration {
  const authenticate =
    authentication === 'client_secret_post' ? ClientSecretPost : ClientSecretBasic;
  const { protocol, origin } = new URL(endpoint);
  const server = { issuer: origin, token_endpoint: endpoint };
  const configuration = new Configuration(server, clientId, undefined, authenticate(secret));
  // The time limit is ours, over more than the request.
  configuration.timeout = 0;
  // Whether plain http is fine for this host is decided by our fetch.
  if (protocol === 'http:') allowInsecureRequests(configuration);
  return configuration;
}
