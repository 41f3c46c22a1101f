import axios, { type AxiosInstance } from 'axios';
import { makeToken } from '../token.js';
import type { ClientSetup } from './client.js';

/** No token client at all: what everything else is measured against. */
export async function startBare({ baseURL, adapter }: ClientSetup): Promise<AxiosInstance> {
  const headers = { Authorization: `Bearer ${makeToken(0)}` };
  return axios.create({ baseURL, headers, ...(adapter && { adapter }) });
}
