import { isTextOrList, oneOfFault, textFault } from '../common/options/checks.js';
import { toArray, splitScopes } from '../common/options/lists.js';
import { audienceNameFault, issuerNameFault, nameFault } from '../common/options/name-fault.js';
import { parameterFaults } from './parameter-checks.js';
import { urlFault } from '../common/secure-url.js';

/** RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ) */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

export function clientIdFault(path: string, value: unknown): string | undefined {
  if (value === undefined)
    return `${path}: missing. Give the name of this application at the authorization server.`;
  return nameTextFault(path, value, nameFault);
}

export function issuerFault(
  path: string,
  value: unknown,
  allowInsecureHttp: boolean,
): string | undefined {
  return (
    urlFault(path, value, allowInsecureHttp) ??
    issuerNameFault(path, String(value), 'resolveClient')
  );
}

export function clientSecretFault(path: string, value: unknown): string | undefined {
  if (value === undefined) {
    return `${path}: missing. Give the secret that belongs to clientId, or a function that gets it; is the environment variable set?`;
  }
  return typeof value === 'function' ? undefined : textFault(path, value);
}

export function scopeFault(path: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (!isTextOrList(value)) {
    return `${path}: not a string. Give scopes as an array, or as one string with spaces between them.`;
  }
  const bad = splitScopes(value).find((scope) => !SCOPE_TOKEN.test(scope));
  return bad === undefined
    ? undefined
    : `${path}: ${JSON.stringify(bad)} cannot be a scope (RFC 6749 section 3.3). Use visible ASCII characters without quotes and backslashes.`;
}

export function resourceFault(path: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (!isTextOrList(value))
    return `${path}: not a string. Give the URI of the API, or an array of them.`;
  for (const resource of toArray(value)) {
    const fault = textFault(path, resource) ?? audienceNameFault(path, resource);
    if (fault) return fault;
    if (resource.includes('#'))
      return `${path}: '${resource}' has a fragment, which RFC 8707 forbids. Remove it.`;
  }
  return undefined;
}

function audienceFault(path: string, value: unknown, isFixed: boolean): string | undefined {
  if (value === undefined) return undefined;
  return isFixed ? nameTextFault(path, value, audienceNameFault) : textFault(path, value);
}

/**
 * What is wrong with the options that a single call can change.
 *
 * @param isFixed whether they are options of the start: what can never match is told there, while somebody looks
 */
export function parameterFaultsOf(prefix: string, given: object, isFixed: boolean): string[] {
  const { scope, resource, audience, parameters }: Record<string, unknown> = { ...given };
  const faults = [
    scopeFault(`${prefix}scope`, scope),
    resourceFault(`${prefix}resource`, resource),
    audienceFault(`${prefix}audience`, audience, isFixed),
    ...parameterFaults(`${prefix}parameters`, parameters),
  ];
  return faults.filter((fault) => fault !== undefined);
}

export function tokenTypeFault(path: string, value: unknown): string | undefined {
  return oneOfFault(path, value, ['Bearer']);
}

export function lifetimeFault(path: string, value: unknown): string | undefined {
  const usable = Number.isInteger(value) && Number(value) > 0 && Number(value) <= 86_400;
  return value === undefined || usable
    ? undefined
    : `${path}: not a whole number of seconds from 1 to 86_400. Give one, such as 3_600.`;
}

/** A text that somebody else has to know as the same. */
function nameTextFault(
  path: string,
  value: unknown,
  fault: (path: string, name: string) => string | undefined,
): string | undefined {
  return textFault(path, value) ?? (typeof value === 'string' ? fault(path, value) : undefined);
}
