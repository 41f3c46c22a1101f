import { systemClock } from '../../common/clock.js';
import { isJsonObject } from '../../common/json.js';
import { urlFault } from '../../common/secure-url.js';
import { ClientCredentials } from '../acquisition/client-credentials.js';
import type { TokenEndpointSettings } from '../acquisition/token-endpoint.js';
import { tokenKey, type TokenRequest } from '../acquisition/token-request.js';
import type {
  TokenClientModuleOptions,
  TokenClientOptions,
  TokenRequestOptions,
} from '../token-client.options.js';
import * as check from './checks.js';
import type { Faults } from './faults.js';
import type { ResolvedClient } from './resolved-client.js';

const REQUEST_OPTIONS = [
  'issuer',
  'tokenEndpoint',
  'clientId',
  'clientSecret',
  'clientAuthentication',
  'scope',
  'resource',
  'audience',
  'parameters',
] as const satisfies (keyof TokenRequestOptions)[];
const CLIENT_OPTIONS = [...REQUEST_OPTIONS, 'baseURL', 'token', 'allowedOrigins'] as const;
const MODULE_OPTIONS = [
  ...REQUEST_OPTIONS,
  'clients',
  'tokenRequestTimeoutMs',
  'allowInsecureHttp',
  'clock',
] as const satisfies (keyof TokenClientModuleOptions)[];
const DEFAULT_TIMEOUT_MS = 10_000;

/** Checks what the options say for all clients together, and fills in the defaults. */
export function resolveSettings(
  options: TokenClientModuleOptions,
  faults: Faults,
): TokenEndpointSettings {
  const { tokenRequestTimeoutMs, clock = systemClock } = options;
  const allowInsecureHttp = options.allowInsecureHttp === true;
  for (const fault of [
    ...check.strangerFaults(options, MODULE_OPTIONS),
    ...requestFaults('', options, allowInsecureHttp),
    check.timeoutFault('tokenRequestTimeoutMs', tokenRequestTimeoutMs),
    check.flagFault('allowInsecureHttp', options.allowInsecureHttp),
    check.clockFault('clock', clock),
  ]) {
    faults.add(fault);
  }
  return { clock, allowInsecureHttp, timeoutMs: tokenRequestTimeoutMs ?? DEFAULT_TIMEOUT_MS };
}

/** Checks the options of one client, and puts together what it is made of. Nothing once there are faults. */
export function resolveClient(
  name: string,
  own: TokenClientOptions,
  shared: TokenClientModuleOptions,
  faults: Faults,
): ResolvedClient | undefined {
  if (!isJsonObject(own)) {
    faults.add(`clients.${name}: not an object. Give the options of the client.`);
    return undefined;
  }
  for (const fault of clientFaults(`clients.${name}.`, own, shared)) faults.add(fault);
  if (faults.any) return undefined;
  const tokenRequest = requestOf(own, shared);
  return {
    name,
    tokenRequest,
    tokenKey: tokenKey(tokenRequest),
    allowedOrigins: originsOf(own),
    axiosDefaults: axiosDefaultsOf(own),
  };
}

/** What is wrong with the values of the options that can stand in either place. */
function requestFaults(
  prefix: string,
  options: TokenRequestOptions,
  allowInsecureHttp: boolean,
): string[] {
  const { issuer, tokenEndpoint, clientId, clientSecret } = options;
  const faults = [
    issuer &&
      tokenEndpoint &&
      `${prefix}issuer: given together with tokenEndpoint. Give one of them.`,
    issuer !== undefined && urlFault(`${prefix}issuer`, issuer, allowInsecureHttp),
    tokenEndpoint !== undefined &&
      urlFault(`${prefix}tokenEndpoint`, tokenEndpoint, allowInsecureHttp),
    clientId !== undefined && check.clientIdFault(`${prefix}clientId`, clientId),
    clientSecret !== undefined && check.clientSecretFault(`${prefix}clientSecret`, clientSecret),
    check.clientAuthenticationFault(`${prefix}clientAuthentication`, options.clientAuthentication),
    check.scopeFault(`${prefix}scope`, options.scope),
    check.resourceFault(`${prefix}resource`, options.resource),
    check.audienceFault(`${prefix}audience`, options.audience),
    ...check.parameterFaults(`${prefix}parameters`, options.parameters),
  ];
  return faults.filter((fault) => typeof fault === 'string');
}

function clientFaults(
  prefix: string,
  own: TokenClientOptions,
  shared: TokenClientModuleOptions,
): string[] {
  const { baseURL } = own;
  const { allowedOrigins: origins = [] } = own;
  const allowedOrigins = Array.isArray(origins) ? origins : [];
  const allowInsecureHttp = shared.allowInsecureHttp === true;
  const faults = [
    ...check.misspeltFaults(prefix, own, CLIENT_OPTIONS),
    ...requestFaults(prefix, own, allowInsecureHttp),
    ...missingFaults(prefix, own, shared),
    check.tokenKindFault(`${prefix}token`, own.token),
    ...check.axiosDefaultsFaults(prefix, { ...own }),
    baseURL !== undefined && urlFault(`${prefix}baseURL`, baseURL, allowInsecureHttp),
    !Array.isArray(origins) && `${prefix}allowedOrigins: not a list. Give origins as an array.`,
    baseURL === undefined &&
      allowedOrigins.length === 0 &&
      `${prefix}baseURL: missing. Give the URL of the API, or allowedOrigins for calls with absolute URLs.`,
    ...allowedOrigins.map((origin, index) =>
      check.originFault(`${prefix}allowedOrigins[${index}]`, origin, allowInsecureHttp),
    ),
  ];
  return faults.filter((fault) => typeof fault === 'string');
}

/** What neither the client nor the shared options say, under the name of whichever should. */
function missingFaults(
  prefix: string,
  own: TokenClientOptions,
  shared: TokenClientModuleOptions,
): (string | undefined)[] {
  const credentials = credentialsOptions(own, shared);
  const path = credentials === own ? prefix : '';
  if (
    namesServer(own) &&
    namesServer(shared) &&
    credentials === shared &&
    !sameServer(own, shared)
  ) {
    return [
      `${prefix}clientId: missing. The shared credentials are not sent to another authorization server; give this client a clientId and a clientSecret of its own.`,
    ];
  }
  return [
    namesServer(own) || namesServer(shared)
      ? undefined
      : `issuer: missing. Give issuer (discovery) or tokenEndpoint, for all clients or for each of them.`,
    credentials.clientId === undefined
      ? check.clientIdFault(`${path}clientId`, undefined)
      : undefined,
    credentials.clientSecret === undefined
      ? check.clientSecretFault(`${path}clientSecret`, undefined)
      : undefined,
  ];
}

/** All credentials from one place: the secret of one client is never sent with the name of another. */
function credentialsOptions(
  own: TokenRequestOptions,
  shared: TokenRequestOptions,
): TokenRequestOptions {
  return own.clientId !== undefined || own.clientSecret !== undefined ? own : shared;
}

function namesServer({ issuer, tokenEndpoint }: TokenRequestOptions): boolean {
  return issuer !== undefined || tokenEndpoint !== undefined;
}

function sameServer(own: TokenRequestOptions, shared: TokenRequestOptions): boolean {
  return own.issuer === shared.issuer && own.tokenEndpoint === shared.tokenEndpoint;
}

/** Only for options without faults. */
function requestOf(own: TokenClientOptions, shared: TokenClientModuleOptions): TokenRequest {
  const { clientId, clientSecret, clientAuthentication } = credentialsOptions(own, shared);
  const { issuer, tokenEndpoint = '' } = namesServer(own) ? own : shared;
  const audience = own.audience ?? shared.audience;
  return {
    server: issuer === undefined ? { tokenEndpoint } : { issuer },
    credentials: new ClientCredentials(
      clientId ?? '',
      clientSecret ?? '',
      own.clientAuthentication ?? clientAuthentication ?? 'client_secret_basic',
    ),
    grantType: 'client_credentials',
    scopes: check.words(own.scope ?? shared.scope),
    parameters: [
      ...check
        .list(own.resource ?? shared.resource)
        .map((resource) => ['resource', resource] as const),
      ...(audience === undefined ? [] : [['audience', audience] as const]),
      ...Object.entries(own.parameters ?? shared.parameters ?? {}),
    ],
  };
}

function originsOf({ baseURL, allowedOrigins }: TokenClientOptions): ReadonlySet<string> {
  return new Set(
    [...check.list(baseURL), ...check.list(allowedOrigins)].map((url) => new URL(url).origin),
  );
}

function axiosDefaultsOf(own: TokenClientOptions): ResolvedClient['axiosDefaults'] {
  const ours = new Set<string>(CLIENT_OPTIONS.filter((option) => option !== 'baseURL'));
  return Object.fromEntries(Object.entries(own).filter(([name]) => !ours.has(name)));
}
