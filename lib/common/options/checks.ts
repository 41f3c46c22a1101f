import { isJsonObject } from '../json.js';
import { audienceNameFault, issuerNameFault, nameFault } from './name-fault.js';
import { urlFault } from '../secure-url.js';
import type { TokenHooks } from '../../observability/token-hooks.js';
import { isAxios } from '../../token-client/axios/is-axios.js';
import { misspeltFaults } from './option-names.js';
import { parameterFaults } from './parameter-checks.js';

/*
 * Each of these says what is wrong with the value of one option, as a sentence that begins with the
 * path of the option, or nothing. The types forbid most of it, but values come from the environment and
 * from JavaScript.
 */

const TOKEN_KINDS: readonly unknown[] = ['client', 'user', 'exchange', 'forward'];
const HOOKS = ['tokenRenewed', 'tokenRequestFailed'] as const satisfies (keyof TokenHooks)[];
/** RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ) */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
const CONTROL = /\p{Cc}/u;

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

export function tokenKindFault(path: string, value: unknown): string | undefined {
  return oneOfFault(path, value, TOKEN_KINDS);
}

export function scopeFault(path: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (!isTextOrList(value)) {
    return `${path}: not a string. Give scopes as an array, or as one string with spaces between them.`;
  }
  const bad = words(value).find((scope) => !SCOPE_TOKEN.test(scope));
  return bad === undefined
    ? undefined
    : `${path}: ${JSON.stringify(bad)} cannot be a scope (RFC 6749 section 3.3). Use visible ASCII characters without quotes and backslashes.`;
}

export function resourceFault(path: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (!isTextOrList(value))
    return `${path}: not a string. Give the URI of the API, or an array of them.`;
  for (const resource of list(value)) {
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

export function retryFault(path: string, value: unknown): string | undefined {
  if (isJsonObject(value)) return retryStatusesFault(path, value);
  return retryPolicyFault(path, value);
}

function isStatus(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 400 && Number(value) <= 499;
}

function retryStatusesFault(path: string, value: Record<string, unknown>): string | undefined {
  const { statuses, when, ...strangers } = value;
  const [stranger] = Object.keys(strangers);
  if (stranger !== undefined) return `${path}.${stranger}: no option. Use statuses and when.`;
  if (!Array.isArray(statuses) || statuses.length === 0 || !statuses.every(isStatus)) {
    return `${path}.statuses: not a list of statuses from 400 to 499. Give one, such as [401, 403].`;
  }
  return retryPolicyFault(`${path}.when`, when);
}

function retryPolicyFault(path: string, value: unknown): string | undefined {
  return typeof value === 'function'
    ? undefined
    : oneOfFault(path, value, ['safe', 'always', 'never']);
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

export function narrowerScopeFault(path: string, value: unknown): string | undefined {
  return oneOfFault(path, value, ['warn', 'error', 'ignore']);
}

export function functionFault(path: string, value: unknown): string | undefined {
  return value === undefined || typeof value === 'function'
    ? undefined
    : `${path}: not a function. Give one, or leave the option out.`;
}

export function hooksFaults(path: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (!isJsonObject(value))
    return [`${path}: not an object. Give functions by the names of hooks.`];
  return [
    ...misspeltFaults(`${path}.`, value, HOOKS),
    ...HOOKS.map((hook) => functionFault(`${path}.${hook}`, value[hook])),
  ].filter((fault) => fault !== undefined);
}

export function originFault(
  path: string,
  value: unknown,
  allowInsecureHttp: boolean,
): string | undefined {
  const fault = urlFault(path, value, allowInsecureHttp);
  if (fault) return fault;
  const { origin, href } = new URL(String(value));
  return href === `${origin}/`
    ? undefined
    : `${path}: '${String(value)}' is more than an origin. Give '${origin}'.`;
}

export function countFault(path: string, value: unknown): string | undefined {
  return value === undefined || (Number.isSafeInteger(value) && Number(value) > 0)
    ? undefined
    : `${path}: not a whole number above zero. Give one, such as 10_000.`;
}

export function flagFault(path: string, value: unknown): string | undefined {
  // 'false', as it comes from the environment, must not count as yes.
  return value === undefined || typeof value === 'boolean'
    ? undefined
    : `${path}: not a boolean. Give true or false.`;
}

export function clockFault(path: string, value: unknown): string | undefined {
  return value === undefined || (isJsonObject(value) && typeof value['now'] === 'function')
    ? undefined
    : `${path}: has no function now(). Give a clock, or leave the option out.`;
}

export function axiosFault(path: string, value: unknown): string | undefined {
  return value === undefined || isAxios(value)
    ? undefined
    : `${path}: not Axios itself. Give what \`import axios from 'axios'\` brings, which is none of the instances that it creates, or leave the option out.`;
}

/** The values of an option that is one string or several. */
export function list(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** The scopes in an option, each once. */
export function words(value: string | readonly string[] | undefined): string[] {
  return [...new Set(list(value).flatMap((text) => text.split(' ')))].filter(Boolean);
}

function isTextOrList(value: unknown): value is string | string[] {
  return (
    typeof value === 'string' ||
    (Array.isArray(value) && value.every((entry) => typeof entry === 'string'))
  );
}

/** A text that somebody else has to know as the same. */
function nameTextFault(
  path: string,
  value: unknown,
  fault: (path: string, name: string) => string | undefined,
): string | undefined {
  return textFault(path, value) ?? (typeof value === 'string' ? fault(path, value) : undefined);
}

/** Never repeats the value, which may be a secret. */
export function textFault(path: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return `${path}: not a string. Give it as text.`;
  if (value === '') return `${path}: empty. Give a value, or leave the option out.`;
  return CONTROL.test(value)
    ? `${path}: has a line break or another control character in it, perhaps at its end. Remove it.`
    : undefined;
}

export function oneOfFault(
  path: string,
  value: unknown,
  allowed: readonly unknown[],
): string | undefined {
  if (value === undefined || allowed.includes(value)) return undefined;
  return `${path}: unknown value. Use ${allowed.map((one) => `'${String(one)}'`).join(' or ')}.`;
}
