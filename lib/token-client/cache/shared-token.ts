import { parseJsonObject } from '../../common/json.js';
import type { GrantedToken } from '../../authorization-server/granted-token.js';
import { MAX_LIFETIME_MS } from '../../authorization-server/token-lifetime.js';
import type { TokenRequest } from '../../authorization-server/token-request.js';
import { isSendable } from '../../authorization-server/token-response.js';
import { thumbprintOf } from '../../authorization-server/client-authentication/certificate-pair.js';
import type { TlsIdentity } from '../../authorization-server/client-authentication/client-credentials.js';
import { isStoredAccessToken } from '../../user-tokens/is-user-token-record.js';
import { toIssuedToken, toStoredToken } from '../../user-tokens/user-token-record.js';

/**
 * A token as text for another replica.
 *
 * @param secret whether nobody else can read it: what says something about the credentials is told to nobody else
 */
export function textOf(granted: GrantedToken, request: TokenRequest, secret: boolean): string {
  const { tls } = granted.token.possession ?? {};
  return JSON.stringify({
    ...toStoredToken(granted, request),
    proof: secret ? request.credentials.proof : undefined,
    certificate: tls && thumbprintOf(tls.certificate),
  });
}

/**
 * The token in a text of another replica, if it can be used here: got with the same credentials, and bound to nothing that
 * we do not have. The clock of the other may be off: a token never begins in the future, nor lives longer than it did there.
 */
export async function tokenIn(
  text: string,
  request: TokenRequest,
  now: number,
): Promise<GrantedToken | 'malformed' | undefined> {
  const members = parseJsonObject(text);
  const entry: unknown = members;
  if (!isStoredAccessToken(entry)) return 'malformed';
  // Scopes are shown, in logs as well.
  if (![entry.accessToken, ...entry.scopes].every(isSendable)) return 'malformed';
  const { proof, certificate } = { ...members };
  const { credentials, dpop } = request;
  const foreign = proof !== undefined && proof !== credentials.proof;
  if (foreign || (entry.tokenType === 'DPoP') !== (dpop !== undefined)) {
    return undefined;
  }
  const tls = certificate === undefined ? undefined : await identityOf(request, certificate);
  if (certificate !== undefined && !tls) return undefined;
  const requestedAt = Math.min(entry.requestedAt, now);
  const lifetime = Math.min(entry.expiresAt - entry.requestedAt, MAX_LIFETIME_MS);
  const expiresAt = Math.min(entry.expiresAt, now + lifetime);
  const possession = dpop || tls ? { dpop, tls } : undefined;
  const { scopes: requestedScopes } = request;
  return {
    token: toIssuedToken({ ...entry, requestedScopes, expiresAt }, possession),
    requestedAt,
  };
}

/** The certificate that a token is bound to, if it is still ours. */
async function identityOf(
  { credentials }: TokenRequest,
  certificate: unknown,
): Promise<TlsIdentity | undefined> {
  const presented = await credentials.present().catch(() => undefined);
  const tls = presented?.tls;
  return tls && thumbprintOf(tls.certificate) === certificate ? tls : undefined;
}
