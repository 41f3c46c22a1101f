import type { AxiosAdapter } from 'axios';

/** What a client is started with. */
export interface ClientSetup {
  readonly baseURL: string;
  readonly tokenEndpoint: string;
  readonly adapter?: AxiosAdapter | undefined;
}
