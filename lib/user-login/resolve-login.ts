import { ConfigurationError } from '../common/configuration.error.js';
import { isJsonObject } from '../common/json.js';
import { isSecureUrl, urlFault } from '../common/secure-url.js';
import { functionFault, oneOfFault, textFault } from '../common/options/checks.js';
import { resourceFault } from '../authorization-server/request-checks.js';
import { scopeFault } from '../authorization-server/request-checks.js';
import { unknownOptions } from '../common/options/option-names.js';
import type { TokenClientRegistry } from '../token-client/token-client.registry.js';
import { localPath } from './local-path.js';
import { ResolvedLogin } from './resolved-login.js';
import type { UserLoginModuleOptions } from './user-login.options.js';

const OPTIONS = [
  'baseURL',
  'path',
  'scope',
  'resource',
  'prompt',
  'parameters',
  'pushedAuthorizationRequests',
  'afterLogin',
  'afterLogout',
  'onSignedIn',
  'onSignedOut',
  'onFailed',
] as const satisfies (keyof UserLoginModuleOptions)[];

/** What the module decides, or an option of its own. */
const RESERVED = new Set([
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'dpop_jkt',
  'id_token_hint',
  'nonce',
  'prompt',
  'redirect_uri',
  'request',
  'request_uri',
  'resource',
  'response_mode',
  'response_type',
  'scope',
  'state',
]);

/**
 * Checks all options and fills in the defaults.
 *
 * @param path where the routes are
 * @throws {ConfigurationError} that lists every fault there is
 */
export function resolveLogin(
  options: UserLoginModuleOptions,
  path: unknown,
  registry: TokenClientRegistry | undefined,
): ResolvedLogin {
  const given: unknown = options;
  if (!isJsonObject(given)) {
    throw new ConfigurationError('UserLoginModule', [
      'options: missing. Return them from the factory of forRootAsync.',
    ]);
  }
  if (!registry) {
    throw new ConfigurationError('UserLoginModule', [
      'TokenClientModule: missing. Import TokenClientModule.forRoot too, with issuer, clientId and credentials.',
    ]);
  }
  const faults = [
    ...faultsIn(given),
    pathFault(path, given),
    'issuer' in registry.userTemplate.server
      ? undefined
      : 'issuer: missing. Signing users in takes more than a token endpoint: give TokenClientModule issuer in place of tokenEndpoint.',
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) throw new ConfigurationError('UserLoginModule', faults);
  return new ResolvedLogin(options, String(path), registry);
}

function faultsIn(given: Record<string, unknown>): (string | undefined)[] {
  const { baseURL, scope, resource, prompt, parameters } = given;
  const { onSignedIn, onSignedOut, onFailed } = given;
  return [
    ...unknownOptions(given, OPTIONS),
    baseFault(baseURL),
    scopeFault('scope', scope),
    resourceFault('resource', resource),
    prompt === undefined ? undefined : textFault('prompt', prompt),
    ...parameterFaults(parameters),
    oneOfFault('pushedAuthorizationRequests', given['pushedAuthorizationRequests'], [
      'when-offered',
      'never',
    ]),
    localFault('afterLogin', given['afterLogin']),
    localFault('afterLogout', given['afterLogout']),
    functionFault('onSignedIn', onSignedIn),
    functionFault('onSignedOut', onSignedOut),
    functionFault('onFailed', onFailed),
  ];
}

function baseFault(value: unknown): string | undefined {
  if (typeof value === 'string' && URL.canParse(value)) {
    const url = new URL(value);
    if (!isSecureUrl(url)) {
      return `baseURL: '${url.origin}' is not https. Use https; plain http is only for loopback.`;
    }
    if (url.search || url.hash) return 'baseURL: has a query or a fragment. Remove it.';
  }
  return urlFault('baseURL', value);
}

function pathFault(path: unknown, given: Record<string, unknown>): string | undefined {
  if (typeof path !== 'string' || !/^(\/[\w.~-]+)+$/.test(path)) {
    return `path: not a path such as '/auth'. Begin with a slash, and end without one.`;
  }
  return given['path'] !== undefined && given['path'] !== path
    ? `path: given by the factory, when the routes are there already. Give it to forRootAsync, next to the factory.`
    : undefined;
}

function localFault(option: string, value: unknown): string | undefined {
  return value === undefined || localPath(value, 'https://local.invalid') !== undefined
    ? undefined
    : `${option}: not a path of this application. Give one such as '/welcome'.`;
}

function parameterFaults(value: unknown): string[] {
  if (value === undefined) return [];
  if (!isJsonObject(value)) return ['parameters: not an object. Give names and values.'];
  return Object.entries(value).flatMap(([name, parameter]) => {
    if (RESERVED.has(name)) {
      return [`parameters.${name}: is decided by the module or by an option. Remove it here.`];
    }
    return typeof parameter === 'string' ? [] : [`parameters.${name}: not a string.`];
  });
}
