import { errors, type Client } from 'oidc-provider';
import type { Api } from '../provider.options.js';
import { findApi, split } from '../resource-indicators.js';

export interface ExchangeTarget {
  api: Api;
  /** What the new token is good for there. */
  scopes: string[];
}

/**
 * The API that a token is wanted for, and the scopes: never more than the client may have for itself.
 * The API follows from the scopes if it is not named.
 */
export function exchangeTarget(
  apis: readonly Api[],
  client: Client,
  named: readonly (string | string[] | undefined)[],
  scope: string | undefined,
): ExchangeTarget {
  const allowed = split(client.scope);
  const wanted = split(scope);
  const api = target(apis, named, wanted.length > 0 ? wanted : allowed);
  for (const each of wanted) {
    if (!(allowed.includes(each) && api.scopes.includes(each))) {
      throw new errors.InvalidScope('requested scope is not allowed', each);
    }
  }
  const scopes = wanted.length > 0 ? wanted : allowed.filter((each) => api.scopes.includes(each));
  return { api, scopes };
}

function target(
  apis: readonly Api[],
  named: readonly (string | string[] | undefined)[],
  scopes: readonly string[],
): Api {
  const names = new Set(named.flat().filter((name) => name !== undefined));
  const [name, ...others] = names;
  if (others.length > 0) {
    throw new errors.InvalidTarget('one token is for one API');
  }
  const owner = apis.find((api) => api.scopes.some((scope) => scopes.includes(scope)));
  const identifier = name ?? owner?.identifier;
  if (identifier === undefined) {
    throw new errors.InvalidTarget('it does not say which API the token is for');
  }
  return findApi(apis, identifier);
}
