import { customFetch, genericGrantRequest, type DPoPHandle } from 'openid-client';
import type { BackchannelFetch } from './http/backchannel.js';
import type { Clock } from '../common/clock.js';
import type { PresentedCredentials } from './client-authentication/client-credentials.js';
import { IssuedToken } from './issued-token.js';
import type { TokenEndpointDiscovery } from './token-endpoint-discovery.js';
import { configure } from './openid-configuration.js';
import { NO_EXTRA, type ExtraMembers } from './extra-members.js';
import { grantedScopes } from './granted-scopes.js';
import type { GrantedToken } from './granted-token.js';
import { retryAfterMs } from './http/retry-after.js';
import { isSilentRefusal, SILENT_REFUSAL } from './silent-refusal.js';
import type { TokenRequestAttempt } from './token-request-attempt.js';
import { lifetimeMs } from './token-lifetime.js';
import { readTokenResponse, type ErrorResponse } from './token-response.js';

/** One exchange with a token endpoint, and what it learns on its way. */
export class TokenRequestExchange {
  retryAfterMs: number | undefined;
  private idToken: string | undefined;
  private extra: ExtraMembers = NO_EXTRA;
  private nonceGiven = false;

  constructor(
    private readonly attempt: TokenRequestAttempt,
    private readonly servers: TokenEndpointDiscovery,
    private readonly fetch: BackchannelFetch,
    private readonly clock: Clock,
  ) {}

  /** @param presented the credentials of this time */
  async ask(
    { authenticate, tls }: PresentedCredentials,
    signal: AbortSignal,
  ): Promise<GrantedToken> {
    const { server, credentials, grant, scopes, parameters, dpop, answer } = this.attempt.request;
    const location = await this.servers.locate(server, tls !== undefined);
    this.attempt.locatedAt(location.endpoint, location.authenticationMethods);
    // Those who wait were told by now that it failed: nothing may be asked in their name any more.
    signal.throwIfAborted();

    const configuration = configure(location, credentials.clientId, authenticate);
    const { forUser } = grant;
    const expected = { ...answer, type: dpop ? 'DPoP' : 'Bearer', forUser } as const;
    configuration[customFetch] = async (url, { method, headers, body }) => {
      const sent = body instanceof URLSearchParams ? body : null;
      const fresh = !grant.repeatable;
      const answered = await this.fetch(url, { method, headers, body: sent, signal, tls, fresh });
      this.retryAfterMs = retryAfterMs(answered.headers, this.clock.now());
      const silent = grant.type === 'refresh_token' && (await isSilentRefusal(answered));
      if (silent) throw this.attempt.refused({ ...SILENT_REFUSAL, status: answered.status });
      const response = await readTokenResponse(answered, expected);
      const nonce = answered.headers.get('dpop-nonce');
      if (!('error' in response)) {
        const { id_token: idToken, extra, ...others } = response;
        this.extra = extra;
        // Checked by whoever knows the user, and not by the library: a refresh token that came with it is not to be lost.
        this.idToken = idToken;
        return forLibrary(others, 200, nonce);
      }
      if (dpop && this.demandsNonce(response, nonce)) return forLibrary(response, 400, nonce);
      throw this.attempt.refused(response);
    };
    const form = new URLSearchParams(parameters.map(([...pair]) => pair));
    // After everything else and each once, so that nothing can stand before what the grant decides.
    for (const [name, value] of grant.parameters) form.set(name, value);
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    const handle: DPoPHandle | undefined = await dpop?.handle(configuration);
    const requestedAt = this.clock.now();
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
      scopes: granted.scope === undefined ? scopes : grantedScopes(granted.scope, scopes),
      requestedScopes: scopes,
      extra: this.extra,
      possession: dpop || tls ? { dpop, tls } : undefined,
    });
    return { token, requestedAt, refreshToken: granted.refresh_token, idToken: this.idToken };
  }

  /** Whether the server only wants its nonce in the proof (RFC 9449 section 8). Once; else it would never end. */
  private demandsNonce({ error }: ErrorResponse, nonce: string | null): boolean {
    const first = error === 'use_dpop_nonce' && nonce !== null && !this.nonceGiven;
    this.nonceGiven ||= first;
    return first;
  }
}

function forLibrary(body: object, status: number, nonce: string | null): Response {
  return Response.json(body, { status, headers: nonce ? { 'dpop-nonce': nonce } : {} });
}
