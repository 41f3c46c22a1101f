import axios, { type AxiosInstance } from 'axios';
import { makeToken } from '../token.js';
import type { ClientSetup } from './client-setup.js';

/**
 * No token client at all: what everything else is measured against. Like all others here it follows no redirects, as
 * this package does not: Axios takes a cheaper way then, which has nothing to do with tokens.
 */
export async function startBare({ baseURL, adapter }: ClientSetup): Promise<AxiosInstance> {
  const headers = { Authorization: `Bearer ${makeToken(0)}` };
  return axios.create({ baseURL, headers, maxRedirects: 0, ...(adapter && { adapter }) });
}

/** The same with redirects, as Axios has it where nothing else is said. */
export async function startRedirecting({ baseURL, adapter }: ClientSetup): Promise<AxiosInstance> {
  const headers = { Authorization: `Bearer ${makeToken(0)}` };
  return axios.create({ baseURL, headers, ...(adapter && { adapter }) });
}

/** Not even a header. Axios copies and checks one of its own with every call, which is spared here. */
export async function startHeaderless({ baseURL, adapter }: ClientSetup): Promise<AxiosInstance> {
  return axios.create({ baseURL, maxRedirects: 0, ...(adapter && { adapter }) });
}
