import axios, { type AxiosInstance } from 'axios';
import { type AccessToken, ClientCredentials } from 'simple-oauth2';
import type { ClientSetup } from './client-setup.js';

/** An interceptor as its users write it: keep the token, and get another when it has expired. */
export async function startSimpleOAuth2({
  baseURL,
  tokenEndpoint,
  adapter,
}: ClientSetup): Promise<AxiosInstance> {
  const { origin, pathname } = new URL(tokenEndpoint);
  const client = new ClientCredentials({
    client: { id: 'orders', secret: 'a secret' },
    auth: { tokenHost: origin, tokenPath: pathname },
  });
  let token: AccessToken | undefined;
  const instance = axios.create({ baseURL, maxRedirects: 0, ...(adapter && { adapter }) });
  instance.interceptors.request.use(async (config) => {
    if (!token || token.expired()) token = await client.getToken({});
    config.headers.set('Authorization', `Bearer ${String(token.token['access_token'])}`);
    return config;
  });
  return instance;
}
