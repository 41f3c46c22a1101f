import axios, { type AxiosInstance } from 'axios';
import type { ClientTokenService } from '../client-token.service.js';
import type { ResolvedClient } from '../config/resolved-client.js';
import type { TokenClientRegistry } from '../token-client.registry.js';
import { CallTargets } from './call-target.js';
import { tokenAdapter } from './token.adapter.js';

/** Makes the Axios instance of a named client. */
export function createTokenClient(
  { name, axiosDefaults, allowedOrigins, retryOn401 }: ResolvedClient,
  clientTokens: Pick<ClientTokenService, 'getToken'>,
  { observer, settings }: Pick<TokenClientRegistry, 'observer' | 'settings'>,
): AxiosInstance {
  const adapter = axios.getAdapter(axiosDefaults.adapter ?? axios.defaults.adapter);
  return axios.create({
    ...axiosDefaults,
    // An API that sends its callers elsewhere is misconfigured or worse, and a POST would arrive as a GET.
    maxRedirects: axiosDefaults.maxRedirects ?? 0,
    adapter: tokenAdapter(adapter, {
      name,
      retryOn401,
      observer,
      clock: settings.clock,
      targets: new CallTargets(name, allowedOrigins, axiosDefaults.baseURL),
      tokens: { getToken: (options) => clientTokens.getToken(name, options) },
    }),
  });
}
