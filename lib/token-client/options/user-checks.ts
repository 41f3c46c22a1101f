import { isJsonObject } from '../../common/json.js';
import type { TokenClientModuleOptions, TokenClientOptions } from './token-client.options.js';
import type { TokenExchangeOptions } from '../../authorization-server/token-exchange.options.js';
import { functionFault, oneOfFault, textFault } from '../../common/options/checks.js';
import { misspelledOptions } from '../../common/options/option-names.js';

const EXCHANGE_OPTIONS = [
  'form',
  'subjectTokenType',
  'requestedTokenType',
  'actorToken',
  'actorTokenType',
] as const satisfies (keyof TokenExchangeOptions)[];
/** The tokens of a user belong to the client that the user signed in to, and go to no other. */
const SHARED_ONLY = [
  'issuer',
  'tokenEndpoint',
  'clientId',
  'clientSecret',
  'clientAuthentication',
  'dpop',
] as const;

/** What is wrong with the options of a client that have to do with users. */
export function userFaults(prefix: string, own: TokenClientOptions): string[] {
  const { token = 'client', withoutUser, exchange, audience } = own;
  const forUser = token !== 'client';
  const faults = [
    oneOfFault(`${prefix}withoutUser`, withoutUser, ['error', 'client']),
    withoutUser &&
      !forUser &&
      `${prefix}withoutUser: has no meaning with token: 'client'. Remove it.`,
    ...exchangeFaults(`${prefix}exchange`, exchange),
    exchange && token !== 'exchange' && `${prefix}exchange: needs token: 'exchange'.`,
    token === 'forward' &&
      audience === undefined &&
      `${prefix}audience: missing. A token is forwarded only to an API that it is meant for: give the name of the API.`,
    forUser &&
      (own.resolveClient ?? own.provider) &&
      `${prefix}token: '${token}' cannot be had with resolveClient or provider. Remove one of them.`,
    ...(token === 'user' ? SHARED_ONLY : [])
      .filter((option) => own[option] !== undefined)
      .map(
        (option) =>
          `${prefix}${option}: the tokens of users belong to the shared ${option}. Remove it here.`,
      ),
  ];
  return faults.filter((fault) => typeof fault === 'string');
}

/** What is wrong with `userTokenStore`. */
export function storeFault({
  userTokenStore: store,
}: TokenClientModuleOptions): string | undefined {
  if (store === undefined) return undefined;
  const checkedByNobody: unknown = store;
  const complete =
    isJsonObject(checkedByNobody) &&
    ['get', 'set', 'delete'].every((name) => typeof checkedByNobody[name] === 'function');
  if (complete && 'getMany' in store && ('replace' in store || 'opts' in store)) {
    return 'userTokenStore: a backend, and not a store of user tokens. Give new KeyvUserTokenStore() with it.';
  }
  return complete
    ? undefined
    : 'userTokenStore: not a store. Give an object with get, set and delete, such as a KeyvUserTokenStore.';
}

/** What is wrong with `refreshBeforeExpirySeconds`. */
export function refreshFault({
  refreshBeforeExpirySeconds: seconds,
}: TokenClientModuleOptions): string | undefined {
  return seconds === undefined || (Number.isFinite(seconds) && seconds >= 0)
    ? undefined
    : 'refreshBeforeExpirySeconds: not a number of seconds. Give one from zero up, such as 60.';
}

function exchangeFaults(path: string, value: unknown): (string | undefined)[] {
  if (value === undefined) return [];
  if (!isJsonObject(value)) return [`${path}: not an object. Give an object with options.`];
  const { form, actorToken, ...texts } = value;
  return [
    ...misspelledOptions(`${path}.`, value, EXCHANGE_OPTIONS),
    oneOfFault(`${path}.form`, form, ['token-exchange', 'on-behalf-of']),
    functionFault(`${path}.actorToken`, actorToken),
    ...(['subjectTokenType', 'requestedTokenType', 'actorTokenType'] as const)
      .filter((name) => texts[name] !== undefined)
      .map((name) => textFault(`${path}.${name}`, texts[name])),
  ];
}
