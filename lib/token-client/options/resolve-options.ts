import { systemClock } from '../../common/clock.js';
import { oneLine } from '../../common/excerpt.js';
import { isJsonObject } from '../../common/json.js';
import { urlFault } from '../../common/secure-url.js';
import type { TokenEndpointSettings } from '../../authorization-server/token-endpoint.settings.js';
import { copyOf, tokenRequestOf } from '../../authorization-server/token-request.factory.js';
import { InvalidTokenOptionsError } from '../calls/call.errors.js';
import type { TokenClientModuleOptions, TokenClientOptions } from './token-client.options.js';
import type { TenantOptions } from './token-request.options.js';
import { dpopRedirectFault } from '../../authorization-server/dpop/dpop-checks.js';
import { sharingFaults } from './sharing-checks.js';
import {
  backchannelFaults,
  backchannelSettings,
} from '../../authorization-server/http/backchannel-checks.js';
import type { Faults } from '../../common/options/faults.js';
import type { ResolvedClient } from './resolved-client.js';
import {
  missingFaults,
  REQUEST_OPTIONS,
  requestFaults,
  templateOf,
} from './resolve-token-request.js';
import { sendAsFaults } from './send-as-checks.js';
import { refreshFault, storeFault, userFaults } from './user-checks.js';
import { misspelledOptions, unknownOptions } from '../../common/options/option-names.js';
import { hooksFaults } from '../../observability/hook-checks.js';
import {
  clockFault,
  countFault,
  flagFault,
  functionFault,
  oneOfFault,
  originFault,
} from '../../common/options/checks.js';
import { axiosFault, tokenKindFault } from './client-checks.js';
import { axiosDefaultsFaults } from './axios-checks.js';
import { toArray } from '../../common/options/lists.js';

/** What one client can be given. */
export const CLIENT_OPTIONS = [
  ...REQUEST_OPTIONS,
  'baseURL',
  'token',
  'allowedOrigins',
  'resolveClient',
  'tenant',
  'provider',
  'withoutUser',
  'exchange',
  'sendAs',
  'allowInsecureHttp',
] as const satisfies (keyof TokenClientOptions)[];
/** What the module can be given. */
export const MODULE_OPTIONS = [
  ...REQUEST_OPTIONS,
  'clients',
  'backchannel',
  'userTokenStore',
  'tokenCache',
  'tokenLock',
  'encryptionKeys',
  'refreshBeforeExpirySeconds',
  'hooks',
  'allowInsecureHttp',
  'maxCachedTokens',
  'warmUp',
  'axios',
  'clock',
] as const satisfies (keyof TokenClientModuleOptions)[];

const DEFAULT_MAX_TOKENS = 10_000;

/** Checks what the options say for all clients together, and fills in the defaults. */
export function resolveSettings(
  options: TokenClientModuleOptions,
  faults: Faults,
): TokenEndpointSettings {
  const { clock = systemClock, backchannel, maxCachedTokens } = options;
  const allowInsecureHttp = options.allowInsecureHttp === true;
  for (const fault of [
    ...unknownOptions(options, MODULE_OPTIONS),
    ...requestFaults('', options, allowInsecureHttp),
    ...backchannelFaults(backchannel),
    ...hooksFaults('hooks', options.hooks),
    storeFault(options),
    refreshFault(options),
    ...sharingFaults(options),
    flagFault('allowInsecureHttp', options.allowInsecureHttp),
    oneOfFault('warmUp', options.warmUp, ['eager', 'lazy']),
    countFault('maxCachedTokens', maxCachedTokens),
    axiosFault('axios', options.axios),
    clockFault('clock', clock),
  ]) {
    faults.add(fault);
  }
  // What is at fault is not looked into any further.
  return {
    clock,
    allowInsecureHttp,
    backchannel: backchannelSettings(faults.any ? undefined : backchannel),
    maxCachedTokens: faults.any ? DEFAULT_MAX_TOKENS : (maxCachedTokens ?? DEFAULT_MAX_TOKENS),
  };
}

/** Checks the options of one client, and puts together what it is made of. Nothing once there are faults. */
export function resolveClient(
  name: string,
  own: TokenClientOptions,
  shared: TokenClientModuleOptions,
  faults: Faults,
): ResolvedClient | undefined {
  const checkedByNobody: unknown = own;
  if (!isJsonObject(checkedByNobody)) {
    faults.add(`clients.${name}: not an object. Give the options of the client.`);
    return undefined;
  }
  for (const fault of clientFaults(`clients.${name}.`, own, shared)) faults.add(fault);
  if (faults.any) return undefined;
  const template = asksLikeAll(own) ? templateOf(own, shared) : undefined;
  const { resolveClient: resolve, tenant, provider } = own;
  return {
    name,
    timeoutMs: backchannelSettings(shared.backchannel).timeoutMs,
    kind: own.token ?? 'client',
    withoutUser: own.withoutUser ?? 'error',
    exchange: { ...own.exchange },
    forwardTo: own.audience ?? '',
    template,
    standard: template && tokenRequestOf(template),
    customize: own.customizeTokenRequest ?? shared.customizeTokenRequest,
    tenant,
    templateOf:
      resolve &&
      (async (context) =>
        tenantTemplate(name, context.tenant, await resolve(context), own, shared)),
    provider,
    onNarrowerScope: own.onNarrowerScope ?? shared.onNarrowerScope ?? 'warn',
    sendAs: own.sendAs && { ...own.sendAs },
    retryOn401: own.retryOn401 ?? shared.retryOn401 ?? 'safe',
    allowedOrigins: originsOf(own),
    axiosDefaults: axiosDefaultsOf(own),
  };
}

function clientFaults(
  prefix: string,
  own: TokenClientOptions,
  shared: TokenClientModuleOptions,
): string[] {
  const { baseURL, resolveClient: resolve, provider } = own;
  const { allowedOrigins: origins = [] } = own;
  const allowedOrigins = Array.isArray(origins) ? origins : [];
  const allowInsecureHttp = shared.allowInsecureHttp === true;
  const faults = [
    ...misspelledOptions(prefix, own, CLIENT_OPTIONS),
    ...requestFaults(prefix, own, allowInsecureHttp),
    ...(asksLikeAll(own) ? missingFaults(prefix, own, shared) : []),
    tokenKindFault(`${prefix}token`, own.token),
    ...userFaults(prefix, own),
    functionFault(`${prefix}resolveClient`, resolve),
    functionFault(`${prefix}tenant`, own.tenant),
    own.tenant && !resolve && `${prefix}tenant: needs resolveClient. Give both or none.`,
    resolve &&
      provider &&
      `${prefix}provider: given together with resolveClient. Give one of them.`,
    ...axiosDefaultsFaults(prefix, { ...own }, own.sendAs?.header),
    ...sendAsFaults(`${prefix}sendAs`, own.sendAs, Boolean(own.dpop ?? shared.dpop)),
    flagFault(`${prefix}allowInsecureHttp`, own.allowInsecureHttp),
    !provider && dpopRedirectFault(prefix, own.dpop ?? shared.dpop, own.maxRedirects),
    baseURL !== undefined &&
      urlFault(`${prefix}baseURL`, baseURL, own.allowInsecureHttp ?? allowInsecureHttp),
    !Array.isArray(origins) && `${prefix}allowedOrigins: not a list. Give origins as an array.`,
    baseURL === undefined &&
      allowedOrigins.length === 0 &&
      `${prefix}baseURL: missing. Give the URL of the API, or allowedOrigins for calls with absolute URLs.`,
    ...allowedOrigins.map((origin, index) =>
      originFault(`${prefix}allowedOrigins[${index}]`, origin, allowInsecureHttp),
    ),
  ];
  return faults.filter((fault) => typeof fault === 'string');
}

/** Whether the options alone say what to ask for. */
function asksLikeAll(own: TokenClientOptions): boolean {
  const { resolveClient: resolve, provider, token, withoutUser } = own;
  const forwards = token === 'forward' && withoutUser !== 'client';
  return resolve === undefined && provider === undefined && !forwards;
}

/** @throws {InvalidTokenOptionsError} where the options of the tenant cannot work */
function tenantTemplate(
  client: string,
  tenant: string,
  given: TenantOptions,
  own: TokenClientOptions,
  shared: TokenClientModuleOptions,
): ReturnType<typeof templateOf> {
  const prefix = `resolveClient('${oneLine(tenant, 100)}').`;
  if (!isJsonObject(given)) {
    throw new InvalidTokenOptionsError(client, [`${prefix}: not an object. Return options.`]);
  }
  // Read once: what is checked is what is kept.
  const said: TenantOptions = { ...given };
  for (const [name, value] of Object.entries(copyOf(said))) {
    if (value !== undefined) Object.assign(said, { [name]: value });
  }
  // What the client says itself stands, unless the tenant says otherwise.
  const together = { ...own, ...said };
  const faults = [
    ...misspelledOptions(prefix, said, REQUEST_OPTIONS),
    ...requestFaults(prefix, said, shared.allowInsecureHttp === true),
    ...missingFaults(prefix, together, shared),
    ...(said.dpop ? sendAsFaults(`clients.${client}.sendAs`, own.sendAs, true) : []),
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) throw new InvalidTokenOptionsError(client, faults);
  return templateOf(together, shared, tenant);
}

function originsOf({ baseURL, allowedOrigins }: TokenClientOptions): ReadonlySet<string> {
  return new Set(
    [...toArray(baseURL), ...toArray(allowedOrigins)].map((url) => new URL(url).origin),
  );
}

function axiosDefaultsOf(own: TokenClientOptions): ResolvedClient['axiosDefaults'] {
  const ours = new Set<string>(CLIENT_OPTIONS.filter((option) => option !== 'baseURL'));
  return Object.fromEntries(Object.entries(own).filter(([name]) => !ours.has(name)));
}
