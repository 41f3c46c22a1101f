import type { CreateAxiosDefaults } from 'axios';
import type { TokenRequest } from '../acquisition/token-request.js';

/** A named client whose options have been found good. */
export interface ResolvedClient {
  readonly name: string;
  /** What its token is asked for with. */
  readonly tokenRequest: TokenRequest;
  /** The key of that token in the cache. */
  readonly tokenKey: string;
  /** The origins that may see the token. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** The options that are Axios' own. */
  readonly axiosDefaults: CreateAxiosDefaults;
}
