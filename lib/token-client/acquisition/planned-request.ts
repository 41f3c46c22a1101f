import type { TokenRequest } from './token-request.js';
import { TimeIsUp, withinTime } from '../../common/within-time.js';
import { InvalidTokenOptionsError } from '../call.errors.js';
import type { ResolvedClient } from '../config/resolved-client.js';
import type { TokenRequestContext } from '../token-request.context.js';
import type { GetTokenOptions } from '../token-source.js';
import {
  checked,
  overlaid,
  tokenRequestOf,
  type KeyedRequest,
  type TokenRequestTemplate,
} from './token-request.factory.js';

/** What the functions of a client get to see of a call. */
export function contextOf(
  client: ResolvedClient,
  { call, tenant }: GetTokenOptions,
): TokenRequestContext {
  const { method, url, headers = {} } = call ?? {};
  const context = { client: client.name, tenant, method, url, headers };
  return tenant === undefined && client.tenant
    ? { ...context, tenant: client.tenant(context) }
    : context;
}

/** @throws {InvalidTokenOptionsError} where the function takes too long */
async function inTime<T>(
  client: string,
  timeoutMs: number,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await withinTime(timeoutMs, work);
  } catch (error) {
    if (!(error instanceof TimeIsUp)) throw error;
    throw new InvalidTokenOptionsError(client, [`customizeTokenRequest: ${error.message}.`]);
  }
}

/**
 * The request for a call that makes a difference: what the client asks for, what the call says, and what
 * `customizeTokenRequest` makes of both.
 *
 * @throws {InvalidTokenOptionsError} what is asked for makes no sense
 */
export async function plannedRequest(
  { name, customize, timeoutMs }: ResolvedClient,
  template: TokenRequestTemplate,
  context: TokenRequestContext,
  options: GetTokenOptions,
): Promise<KeyedRequest> {
  const wanted = checked(name, overlaid(template.parameters, options));
  const parameters = customize
    ? checked(name, await inTime(name, timeoutMs, () => customize(context, wanted)))
    : wanted;
  return tokenRequestOf(template, parameters);
}

/**
 * The same for a client that sends the token of the user: at the server of all users, with what the client asks for.
 *
 * @throws {InvalidTokenOptionsError} what is asked for makes no sense
 */
export async function plannedForUser(
  client: ResolvedClient,
  shared: TokenRequestTemplate,
  options: GetTokenOptions,
): Promise<TokenRequest> {
  const template = { ...shared, parameters: client.template?.parameters ?? {} };
  const { request } = await plannedRequest(client, template, contextOf(client, options), options);
  return request;
}
