import type { TokenRequest } from '../../authorization-server/token-request.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import type { TokenRequestContext } from '../options/token-request.context.js';
import type { GetTokenOptions } from '../calls/token-source.js';
import { inTime } from './in-time.js';
import {
  copyOf,
  mergeParameters,
  tokenRequestOf,
  type KeyedRequest,
  type TokenRequestTemplate,
} from '../../authorization-server/token-request.factory.js';
import type { TokenRequestParameters } from '../../authorization-server/token-request.parameters.js';
import { isJsonObject } from '../../common/json.js';
import { parameterFaultsOf } from '../../authorization-server/request-checks.js';
import { InvalidTokenOptionsError } from '../calls/call.errors.js';

/** What the functions of a client get to see of a call. */
export function contextOf(
  client: ResolvedClient,
  { call, tenant }: GetTokenOptions,
): TokenRequestContext {
  const { method, url, headers = {} } = call ?? {};
  const context = { client: client.name, tenant, method, url, headers: { ...headers } };
  return tenant === undefined && client.tenant
    ? { ...context, tenant: client.tenant(copyOfContext(context)) }
    : context;
}

/** For each function its own: what one does to it, the next does not see. */
export function copyOfContext<T extends TokenRequestContext>(context: T): T {
  return { ...context, headers: { ...context.headers } };
}

/**
 * The request for a call that makes a difference: what the client asks for, what the call says, and what
 * `customizeTokenRequest` makes of both.
 *
 * @throws {InvalidTokenOptionsError} what is asked for makes no sense
 * @throws what `customizeTokenRequest` throws: it runs in the name of the caller, whose own error it is
 */
export async function buildTokenRequest(
  client: ResolvedClient,
  template: TokenRequestTemplate,
  context: TokenRequestContext,
  options: GetTokenOptions,
): Promise<KeyedRequest> {
  const { name, customize } = client;
  const wanted = mergeParameters(template.parameters, assertParameters(name, options));
  if (!customize) return tokenRequestOf(template, wanted);
  // Copies: what it does to them is nothing to any other call.
  const given = () => customize(copyOfContext(context), copyOf(wanted));
  const changed = await inTime(client, 'customizeTokenRequest', given);
  return tokenRequestOf(template, assertParameters(name, changed));
}

/**
 * The same for a client that sends the token of the user: at the server of all users, with what the client asks for.
 *
 * @throws {InvalidTokenOptionsError} what is asked for makes no sense
 */
export async function buildUserTokenRequest(
  client: ResolvedClient,
  shared: TokenRequestTemplate,
  options: GetTokenOptions,
): Promise<TokenRequest> {
  const { parameters = {}, answer = shared.answer } = client.template ?? {};
  const template = { ...shared, parameters, answer };
  const { request } = await buildTokenRequest(
    client,
    template,
    contextOf(client, options),
    options,
  );
  return request;
}

/**
 * A copy of the parameters, read once: what is checked is what is sent, whatever becomes of what was given.
 *
 * @throws {InvalidTokenOptionsError} unless they can be sent
 */
export function assertParameters(
  client: string,
  given: TokenRequestParameters,
): TokenRequestParameters {
  // The function that gives them is somebody else's.
  const unchecked: unknown = given;
  if (!isJsonObject(unchecked)) {
    const fault = 'customizeTokenRequest: returned no object. Return the request, changed or not.';
    throw new InvalidTokenOptionsError(client, [fault]);
  }
  const own = copyOf(given);
  const faults = parameterFaultsOf('', own, false);
  if (faults.length > 0) throw new InvalidTokenOptionsError(client, faults);
  return own;
}
