import type { ClientCredentials } from './client-authentication/client-credentials.js';
import { splitScopes } from '../common/options/lists.js';
import { toArray } from '../common/options/lists.js';
import { isPlainObject } from './parameter-checks.js';
import type { DPoPKey } from './dpop/dpop-key.js';
import type { TokenRequestParameters } from './token-request.parameters.js';
import type { AnswerOptions } from './answer-options.js';
import { clientCredentials, type Grant } from './grant.js';
import { tokenCacheKey, type TokenRequest, type TokenServer } from './token-request.js';

/** A token request whose parameters a call can still change. */
export interface TokenRequestTemplate {
  readonly server: TokenServer;
  readonly credentials: ClientCredentials;
  readonly dpop: DPoPKey | undefined;
  readonly parameters: TokenRequestParameters;
  readonly tenant: string | undefined;
  readonly answer: AnswerOptions;
}

/** A token request, and the key of the one token that answers it. */
export interface KeyedRequest {
  readonly request: TokenRequest;
  readonly key: string;
}

/** The request that a template makes with its own parameters, or with others. */
export function tokenRequestOf(
  { server, credentials, dpop, tenant, answer, parameters: own }: TokenRequestTemplate,
  { scope, resource, audience, parameters }: TokenRequestParameters = own,
  grant: Grant = clientCredentials,
): KeyedRequest {
  const request: TokenRequest = {
    server,
    credentials,
    dpop,
    tenant,
    answer,
    grant,
    scopes: splitScopes(scope),
    parameters: [
      ...toArray(resource).map((one) => ['resource', one] as const),
      ...(audience === undefined ? [] : [['audience', audience] as const]),
      ...Object.entries(parameters ?? {}),
    ],
  };
  return { request, key: tokenCacheKey(request) };
}

/** The parameters of a client with those of a call laid over them. Parameters of its own are added. */
export function mergeParameters(
  base: TokenRequestParameters,
  call: TokenRequestParameters,
): TokenRequestParameters {
  return {
    scope: call.scope ?? base.scope,
    resource: call.resource ?? base.resource,
    audience: call.audience ?? base.audience,
    parameters: { ...base.parameters, ...call.parameters },
  };
}

/** A copy all the way down. */
export function copyOf(given: TokenRequestParameters): TokenRequestParameters {
  const { scope, resource, audience, parameters } = given;
  return {
    scope: copied(scope),
    resource: copied(resource),
    audience,
    parameters: isPlainObject(parameters) ? { ...parameters } : parameters,
  };
}

function copied(
  value: string | readonly string[] | undefined,
): string | readonly string[] | undefined {
  return isList(value) ? [...value] : value;
}

/** Nobody has checked yet what it is. */
function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}
