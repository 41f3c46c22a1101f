import axios, { type AxiosInstance } from 'axios';
import type { ClientTokenService } from '../client-token.service.js';
import type { ResolvedClient } from '../config/resolved-client.js';
import type { TokenSource } from '../token-source.js';
import { AllowedOrigins } from './call-target.js';
import { tokenAdapter } from './token.adapter.js';

/** Makes the Axios instance of a named client. */
export function createTokenClient(
  { name, axiosDefaults, allowedOrigins }: ResolvedClient,
  clientTokens: Pick<ClientTokenService, 'getToken'>,
): AxiosInstance {
  const adapter = axios.getAdapter(axiosDefaults.adapter ?? axios.defaults.adapter);
  const tokens: TokenSource = { getToken: (options) => clientTokens.getToken(name, options) };
  return axios.create({
    ...axiosDefaults,
    // An API that sends its callers elsewhere is misconfigured or worse, and a POST would arrive as a GET.
    maxRedirects: axiosDefaults.maxRedirects ?? 0,
    adapter: tokenAdapter(adapter, tokens, new AllowedOrigins(name, allowedOrigins)),
  });
}
