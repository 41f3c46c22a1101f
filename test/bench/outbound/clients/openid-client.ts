import axios, { type AxiosInstance } from 'axios';
import { allowInsecureRequests, clientCredentialsGrant, Configuration } from 'openid-client';
import type { ClientSetup } from './client-setup.js';

/** What one writes in ten minutes: the grant of openid-client, and a variable. */
export async function startOpenidClient({
  baseURL,
  tokenEndpoint,
  adapter,
}: ClientSetup): Promise<AxiosInstance> {
  const server = { issuer: new URL(tokenEndpoint).origin, token_endpoint: tokenEndpoint };
  const configuration = new Configuration(server, 'orders', 'a secret');
  allowInsecureRequests(configuration);
  let accessToken = '';
  let expiresAt = 0;
  const instance = axios.create({ baseURL, maxRedirects: 0, ...(adapter && { adapter }) });
  instance.interceptors.request.use(async (config) => {
    if (Date.now() >= expiresAt) {
      const granted = await clientCredentialsGrant(configuration);
      accessToken = granted.access_token;
      expiresAt = Date.now() + (granted.expiresIn() ?? 0) * 1_000;
    }
    config.headers.set('Authorization', `Bearer ${accessToken}`);
    return config;
  });
  return instance;
}
