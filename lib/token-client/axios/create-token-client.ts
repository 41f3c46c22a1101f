import type { AxiosInstance } from 'axios';
import type { ResolvedClient } from '../options/resolved-client.js';
import type { IssuedToken } from '../../authorization-server/issued-token.js';
import type { TokenClientRegistry } from '../token-client.registry.js';
import type { GetTokenOptions } from '../calls/token-source.js';
import { CallTargets } from '../calls/call-target.js';
import { dropInherited } from './inherited-credentials.js';
import { TokenPlace } from './token-place.js';
import { enforceToken } from './enforce-token.adapter.js';

/** The service that the tokens come from: ours, or one in its place. */
interface TokenService {
  getToken(name: string, options: GetTokenOptions): Promise<IssuedToken>;
}

/** Makes the Axios instance of a named client. */
export function createTokenClient(
  { name, axiosDefaults, allowedOrigins, retryOn401, sendAs }: ResolvedClient,
  tokens: TokenService,
  { axios, observer, settings }: Pick<TokenClientRegistry, 'axios' | 'observer' | 'settings'>,
): AxiosInstance {
  const instance = axios.create({
    ...axiosDefaults,
    // An API that sends its callers elsewhere is misconfigured or worse, and a POST would arrive as a GET.
    maxRedirects: axiosDefaults.maxRedirects ?? 0,
  });
  const { defaults } = instance;
  const place = new TokenPlace(sendAs);
  const dropped = dropInherited(defaults, axiosDefaults, place.header);
  if (dropped.length > 0) observer.credentialsDropped(name, dropped);
  const send = axios.getAdapter(axiosDefaults.adapter ?? axios.defaults.adapter);
  return enforceToken(instance, send, {
    name,
    axios,
    retryOn401,
    place,
    observer,
    clock: settings.clock,
    targets: new CallTargets(name, allowedOrigins, axiosDefaults.baseURL),
    tokens: { getToken: (options) => tokens.getToken(name, options) },
  });
}
