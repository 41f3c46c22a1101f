import axios, { type AxiosInstance, type InternalAxiosRequestConfig } from 'axios';
import { createRequire } from 'node:module';
import type { ClientSetup } from './client-setup.js';

interface TokenAnswer {
  readonly access_token: string;
  readonly expires_in: number;
}

/** As much of the package, which has no types, as its documentation shows. */
interface TokenProvider {
  (options: {
    getToken: () => Promise<TokenAnswer>;
    headerFormatter: (answer: TokenAnswer) => string;
  }): (config: InternalAxiosRequestConfig) => Promise<InternalAxiosRequestConfig>;
  tokenCache(
    getToken: () => Promise<TokenAnswer>,
    options: { getMaxAge: (answer: TokenAnswer) => number },
  ): () => Promise<TokenAnswer>;
}

const tokenProvider = createRequire(import.meta.url)('axios-token-interceptor') as TokenProvider;

/** With a cache that goes by `expires_in`, as its documentation has it. */
export async function startAxiosTokenInterceptor({
  baseURL,
  tokenEndpoint,
  adapter,
}: ClientSetup): Promise<AxiosInstance> {
  const getToken = async (): Promise<TokenAnswer> => {
    const grant = new URLSearchParams({ grant_type: 'client_credentials' });
    const auth = { username: 'orders', password: 'a secret' };
    return (await axios.post<TokenAnswer>(tokenEndpoint, grant, { auth })).data;
  };
  const cache = tokenProvider.tokenCache(getToken, {
    getMaxAge: ({ expires_in: seconds }) => seconds * 1_000,
  });
  const instance = axios.create({ baseURL, maxRedirects: 0, ...(adapter && { adapter }) });
  instance.interceptors.request.use(
    tokenProvider({
      getToken: cache,
      headerFormatter: ({ access_token: token }) => `Bearer ${token}`,
    }),
  );
  return instance;
}
