import { customFetch, genericGrantRequest, type DPoPHandle } from 'openid-client';
import type { BackchannelFetch } from '../../common/backchannel.js';
import type { Clock } from '../../common/clock.js';
import type { PresentedCredentials } from '../authentication/client-credentials.js';
import { IssuedToken } from '../issued-token.js';
import type { AuthorizationServers } from './authorization-servers.js';
import { configure } from './configuration.js';
import type { GrantedToken } from './granted-token.js';
import { retryAfterMs } from './retry-after.js';
import type { TokenAttempt } from './token-attempt.js';
import { lifetimeMs } from './token-lifetime.js';
import { readTokenResponse, type ErrorResponse } from './token-response.js';

/** One exchange with a token endpoint, and what it learns on its way. */
export class TokenExchange {
  retryAfterMs: number | undefined;
  private idToken: string | undefined;
  private nonceGiven = false;

  constructor(
    private readonly attempt: TokenAttempt,
    private readonly servers: AuthorizationServers,
    private readonly fetch: BackchannelFetch,
    private readonly clock: Clock,
  ) {}

  /** @param presented the credentials of this time */
  async ask(
    { authenticate, tls }: PresentedCredentials,
    signal: AbortSignal,
  ): Promise<GrantedToken> {
    const { server, credentials, grant, scopes, parameters, dpop } = this.attempt.request;
    const location = await this.servers.locate(server, tls !== undefined);
    this.attempt.locatedAt(location.endpoint);
    // Those who wait were told by now that it failed: nothing may be asked in their name any more.
    signal.throwIfAborted();

    const configuration = configure(location, credentials.clientId, authenticate);
    const expected = { type: dpop ? 'DPoP' : 'Bearer', forUser: grant.forUser } as const;
    configuration[customFetch] = async (url, { method, headers, body }) => {
      const sent = body instanceof URLSearchParams ? body : null;
      const fresh = !grant.repeatable;
      const answer = await this.fetch(url, { method, headers, body: sent, signal, tls, fresh });
      this.retryAfterMs = retryAfterMs(answer.headers, this.clock.now());
      const response = await readTokenResponse(answer, expected);
      const nonce = answer.headers.get('dpop-nonce');
      if (!('error' in response)) {
        const { id_token: idToken, ...others } = response;
        // Checked by whoever knows the user, and not by the library: a refresh token that came with it is not to be lost.
        this.idToken = idToken;
        return forLibrary(others, 200, nonce);
      }
      if (dpop && this.demandsNonce(response, nonce)) return forLibrary(response, 400, nonce);
      throw this.attempt.refused(response);
    };
    const form = new URLSearchParams([...parameters, ...grant.parameters].map(([...pair]) => pair));
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
      scopes: granted.scope === undefined ? scopes : granted.scope.split(' ').filter(isScope),
      requestedScopes: scopes,
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

/** Not as strict as RFC 6749 section 3.3, only fit to be shown. */
function isScope(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
