import { systemClock, type Clock } from '../../common/clock.js';
import { urlFault } from '../../common/secure-url.js';
import {
  copyOf,
  type TokenRequestTemplate,
} from '../../authorization-server/token-request.factory.js';
import {
  authenticationConflicts,
  clientAuthenticationFaults,
  needsSecret,
} from '../../authorization-server/client-authentication/authentication-checks.js';
import { createCredentials } from '../../authorization-server/client-authentication/create-credentials.js';
import { dpopFaults } from '../../authorization-server/dpop/dpop-checks.js';
import { createDPoPKey } from '../../authorization-server/dpop/create-dpop-key.js';
import type { TokenRequestOptions } from './token-request.options.js';
import {
  clientIdFault,
  clientSecretFault,
  issuerFault,
  lifetimeFault,
  parameterFaultsOf,
  tokenTypeFault,
} from '../../authorization-server/request-checks.js';
import { narrowerScopeFault, retryFault } from './client-checks.js';
import { functionFault } from '../../common/options/checks.js';

/** The options that can stand in either place: for all clients, or for one. */
export const REQUEST_OPTIONS = [
  'issuer',
  'tokenEndpoint',
  'clientId',
  'clientSecret',
  'clientAuthentication',
  'scope',
  'resource',
  'audience',
  'parameters',
  'dpop',
  'onNarrowerScope',
  'tokenType',
  'defaultLifetimeSeconds',
  'retryOn401',
  'customizeTokenRequest',
] as const satisfies (keyof TokenRequestOptions)[];

/** What is wrong with the values of these options. */
export function requestFaults(
  prefix: string,
  options: TokenRequestOptions,
  allowInsecureHttp: boolean,
): string[] {
  const { issuer, tokenEndpoint, clientId, clientSecret } = options;
  const faults = [
    issuer &&
      tokenEndpoint &&
      `${prefix}issuer: given together with tokenEndpoint. Give one of them.`,
    issuer !== undefined && issuerFault(`${prefix}issuer`, issuer, allowInsecureHttp),
    tokenEndpoint !== undefined &&
      urlFault(`${prefix}tokenEndpoint`, tokenEndpoint, allowInsecureHttp),
    clientId !== undefined && clientIdFault(`${prefix}clientId`, clientId),
    clientSecret !== undefined && clientSecretFault(`${prefix}clientSecret`, clientSecret),
    ...clientAuthenticationFaults(`${prefix}clientAuthentication`, options.clientAuthentication),
    ...parameterFaultsOf(prefix, options, true),
    ...dpopFaults(`${prefix}dpop`, options.dpop),
    narrowerScopeFault(`${prefix}onNarrowerScope`, options.onNarrowerScope),
    tokenTypeFault(`${prefix}tokenType`, options.tokenType),
    lifetimeFault(`${prefix}defaultLifetimeSeconds`, options.defaultLifetimeSeconds),
    retryFault(`${prefix}retryOn401`, options.retryOn401),
    functionFault(`${prefix}customizeTokenRequest`, options.customizeTokenRequest),
  ];
  return faults.filter((fault) => typeof fault === 'string');
}

/** What neither the client nor the shared options say, under the name of whichever should. */
export function missingFaults(
  prefix: string,
  own: TokenRequestOptions,
  shared: TokenRequestOptions,
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
  const { clientId, clientSecret } = credentials;
  const bound = Boolean(own.dpop ?? shared.dpop);
  const { tokenEndpoint } = namesServer(own) ? own : shared;
  const authentication = authenticationOf(own, shared);
  const place = own.clientAuthentication === undefined ? path : prefix;
  return [
    namesServer(own) || namesServer(shared)
      ? undefined
      : `issuer: missing. Give issuer (discovery) or tokenEndpoint, for all clients or for each of them.`,
    bound && (own.tokenType ?? shared.tokenType) !== undefined
      ? `${own.tokenType === undefined ? '' : prefix}tokenType: given together with dpop, whose tokens are never Bearer tokens. Remove one of them.`
      : undefined,
    clientId === undefined ? clientIdFault(`${path}clientId`, undefined) : undefined,
    clientSecret === undefined && needsSecret(authentication)
      ? clientSecretFault(`${path}clientSecret`, undefined)
      : undefined,
    ...authenticationConflicts(`${place}clientAuthentication`, authentication, path, {
      clientId,
      clientSecret,
      tokenEndpoint,
    }),
  ];
}

/** Only for options without faults. */
export function templateOf(
  own: TokenRequestOptions,
  shared: TokenRequestOptions & { readonly clock?: Clock | undefined },
  tenant?: string,
): TokenRequestTemplate {
  const { clientId, clientSecret } = credentialsOptions(own, shared);
  const { issuer, tokenEndpoint = '' } = namesServer(own) ? own : shared;
  return {
    server: issuer === undefined ? { tokenEndpoint } : { issuer },
    credentials: createCredentials(
      { clientId, clientSecret, clientAuthentication: authenticationOf(own, shared) },
      shared.clock ?? systemClock,
    ),
    dpop: createDPoPKey(own.dpop ?? shared.dpop),
    tenant,
    answer: {
      tokenType: own.tokenType ?? shared.tokenType,
      defaultLifetimeSeconds: own.defaultLifetimeSeconds ?? shared.defaultLifetimeSeconds,
    },
    parameters: copyOf({
      scope: own.scope ?? shared.scope,
      resource: own.resource ?? shared.resource,
      audience: own.audience ?? shared.audience,
      parameters: own.parameters ?? shared.parameters,
    }),
  };
}

/** All credentials from one place: the secret of one client is never sent with the name of another. */
function credentialsOptions(
  own: TokenRequestOptions,
  shared: TokenRequestOptions,
): TokenRequestOptions {
  return own.clientId !== undefined || own.clientSecret !== undefined ? own : shared;
}

function authenticationOf(
  own: TokenRequestOptions,
  shared: TokenRequestOptions,
): TokenRequestOptions['clientAuthentication'] {
  return own.clientAuthentication ?? credentialsOptions(own, shared).clientAuthentication;
}

function namesServer({ issuer, tokenEndpoint }: TokenRequestOptions): boolean {
  return issuer !== undefined || tokenEndpoint !== undefined;
}

function sameServer(own: TokenRequestOptions, shared: TokenRequestOptions): boolean {
  return own.issuer === shared.issuer && own.tokenEndpoint === shared.tokenEndpoint;
}
