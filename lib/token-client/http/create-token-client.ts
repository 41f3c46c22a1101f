import axios, { type AxiosInstance } from 'axios';
import type { ResolvedClient } from '../config/resolved-client.js';
import type { IssuedToken } from '../issued-token.js';
import type { TokenClientRegistry } from '../token-client.registry.js';
import type { GetTokenOptions } from '../token-source.js';
import { CallTargets } from './call-target.js';
import type { CallingClient } from './calling-client.js';
import { tokenAdapter } from './token.adapter.js';
import { withTokenAlways } from './with-token-always.js';

/** The service that the tokens come from: ours, or one in its place. */
interface TokenService {
  getToken(name: string, options: GetTokenOptions): Promise<IssuedToken>;
}

/** Makes the Axios instance of a named client. */
export function createTokenClient(
  { name, axiosDefaults, allowedOrigins, retryOn401 }: ResolvedClient,
  tokens: TokenService,
  { observer, settings }: Pick<TokenClientRegistry, 'observer' | 'settings'>,
): AxiosInstance {
  const client: CallingClient = {
    name,
    retryOn401,
    observer,
    clock: settings.clock,
    targets: new CallTargets(name, allowedOrigins, axiosDefaults.baseURL),
    tokens: { getToken: (options) => tokens.getToken(name, options) },
  };
  const standard = tokenAdapter(
    axios.getAdapter(axiosDefaults.adapter ?? axios.defaults.adapter),
    client,
  );
  const instance = axios.create({
    ...axiosDefaults,
    // An API that sends its callers elsewhere is misconfigured or worse, and a POST would arrive as a GET.
    maxRedirects: axiosDefaults.maxRedirects ?? 0,
    adapter: standard,
  });
  return withTokenAlways(instance, client, standard);
}
