import type { InternalAxiosRequestConfig } from 'axios';
import { kindOfError } from '../../common/kind-of-error.js';
import { nodeDispatcher } from '../../authorization-server/http/node-dispatcher.js';
import { DPoPProofError } from '../../authorization-server/dpop/dpop-proof.error.js';
import type { IssuedToken } from '../../authorization-server/issued-token.js';
import type { AxiosCall } from './axios-call.js';
import type { CallingClient } from './calling-client.js';
import { isTargetOf } from '../calls/call-target.js';
import { copyMembers } from './redaction/copy-members.js';
import { guardedRedirect } from './redirect-guard.js';
import { agentWith } from '../calls/tls-agents.js';

/** Frozen, as it is every call's. */
const NO_REDIRECT = Object.freeze({ redirect: 'manual' as const });
const DIRECT = { fresh: false, direct: true };

/**
 * The copy of a call's config that is sent, fenced in: where it goes, nothing on the way leads elsewhere.
 *
 * @param isForeign whether the adapter that sends it is none of Axios' own
 */
export function fencedRequest(
  client: CallingClient,
  { config, hidden, target }: AxiosCall,
  isForeign: boolean,
): InternalAxiosRequestConfig {
  const sent: InternalAxiosRequestConfig = { headers: config.headers };
  copyMembers(config, sent);
  hidden?.addTo(sent);
  const own = client.connection;
  // The adapter for fetch asks nobody where a redirect leads, so that it may follow none.
  const { fetchOptions } = sent;
  if (!own.isStandard) own.addTo(sent);
  const ofClient = own.get('fetchOptions');
  sent.fetchOptions =
    fetchOptions || ofClient
      ? { ...Object(ofClient), ...fetchOptions, ...NO_REDIRECT }
      : NO_REDIRECT;
  // Not to be put together once more, perhaps in another way. Adapters of others, mocks above all, know calls by their parts.
  if (!isForeign || !isTargetOf(target, config)) {
    sent.url = target;
    sent.baseURL = '';
  }
  sent.headers = Object.assign(new client.axios.AxiosHeaders(), config.headers);
  if (config.maxRedirects !== 0) {
    sent.beforeRedirect = guardedRedirect(client, config.beforeRedirect);
  }
  if (client.targets.isLoopback(target)) {
    // A proxy has no part in what stays on this machine, whichever variable of the environment names it; over
    // plain http it would read along, whoever names it.
    if (!sent.proxy || target.startsWith('http:')) sent.proxy = false;
    // The adapter for fetch knows no `proxy`, but Node.js may follow those variables by itself.
    const dispatcher = nodeDispatcher(DIRECT);
    if (dispatcher) sent.fetchOptions = { dispatcher, ...sent.fetchOptions };
  }
  return sent;
}

/**
 * The same with the token in it, and whatever proves that it is ours. A promise only where it takes one:
 * most calls are spared the detour.
 *
 * @throws {DPoPProofError}
 */
export function requestToSend(
  client: CallingClient,
  call: AxiosCall,
  token: IssuedToken,
  isForeign: boolean,
): InternalAxiosRequestConfig | Promise<InternalAxiosRequestConfig> {
  const { possession, tokenType } = token;
  const sent = fencedRequest(client, call, isForeign);
  // Not by set(), which looks for what is known not to be there, and for line breaks in what has none.
  const { place } = client;
  const isBound = possession?.dpop !== undefined || tokenType === 'DPoP';
  if (isBound) sent.headers['Authorization'] = `${tokenType} ${token.accessToken}`;
  else sent.headers[place.header] = place.valueOf(token);
  if (possession?.tls && !sent.httpsAgent && call.target.startsWith('https:')) {
    sent.httpsAgent = agentWith(possession.tls);
  }
  if (isBound) return withProof(client, call, token, sent);
  return sent;
}

async function withProof(
  { name, clock }: CallingClient,
  { method, target }: AxiosCall,
  { possession, accessToken }: IssuedToken,
  sent: InternalAxiosRequestConfig,
): Promise<InternalAxiosRequestConfig> {
  const key = possession?.dpop;
  if (!key) throw new DPoPProofError(name, 'the token is bound to a key that is not here');
  // The proof would not be one for another URL.
  sent.maxRedirects = 0;
  const subject = { method, url: new URL(target), accessToken, now: clock.now() };
  const proof = await key.proof(subject).catch((error: unknown) => {
    const kind = kindOfError(error);
    throw new DPoPProofError(name, `making it ended with ${kind}`);
  });
  sent.headers.set('DPoP', proof, true);
  return sent;
}
