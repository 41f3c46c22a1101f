import { digestOf } from '../common/digest.js';
import type { ClientCredentials } from './client-authentication/client-credentials.js';
import type { DPoPKey } from './dpop/dpop-key.js';
import type { AnswerOptions } from './answer-options.js';
import type { Grant } from './grant.js';

/** Where tokens come from: a server that has to be discovered, or a token endpoint. */
export type TokenServer = { readonly issuer: string } | { readonly tokenEndpoint: string };

/** All that shapes a token. */
export interface TokenRequest {
  readonly server: TokenServer;
  readonly credentials: ClientCredentials;
  readonly grant: Grant;
  readonly scopes: readonly string[];
  /** The parameters of the grant, apart from `scope`. A name may occur more than once, as `resource` does. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** What the token is to be bound to, if anything. */
  readonly dpop: DPoPKey | undefined;
  /** In whose name it is asked for, where a client has tenants: never shared, even if all else is the same. */
  readonly tenant: string | undefined;
  /** How the answer is read. */
  readonly answer: AnswerOptions;
}

/**
 * The key of the one token that answers a request: a hash over everything that shapes it. Whatever is
 * left out here would some day hand the token of one request to another. Sorted, as neither scopes nor parameters have an order.
 */
export function tokenCacheKey(request: TokenRequest): string {
  const { server, credentials, grant, scopes, parameters, dpop, tenant, answer } = request;
  const everything = [
    server,
    [credentials.clientId, credentials.method, credentials.fingerprint],
    [grant.type, grant.parameters],
    scopes.toSorted(),
    parameters.map((parameter) => JSON.stringify(parameter)).toSorted(),
    [dpop?.id, tenant],
    [answer.tokenType, answer.defaultLifetimeSeconds],
  ];
  return digestOf(everything);
}
