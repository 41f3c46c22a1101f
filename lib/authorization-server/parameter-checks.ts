import { excerpt } from '../common/excerpt.js';
import { isJsonObject } from '../common/json.js';

/** Visible ASCII without what forms, paths and lenient readers give a meaning: `%`, `&`, `=`, `+`, `#`, quotes. */
const NAME = /^[\w.~:/@$!*,;()[\]{}|^?<>-]+$/;
/** What the grant, the client or an option decides, each with what to use in its place if there is something. */
const RESERVED: ReadonlyMap<string, string | undefined> = new Map(
  Object.entries({
    actor_token: 'exchange.actorToken',
    actor_token_type: 'exchange.actorTokenType',
    assertion: "exchange.form: 'on-behalf-of'",
    audience: undefined,
    auth_req_id: 'provider',
    client_assertion: undefined,
    client_assertion_type: undefined,
    client_id: undefined,
    client_secret: undefined,
    code: 'provider',
    code_verifier: 'provider',
    device_code: 'provider',
    dpop_jkt: 'dpop',
    grant_type: undefined,
    password: 'provider',
    redirect_uri: 'provider',
    refresh_token: "token: 'user'",
    requested_token_type: 'exchange.requestedTokenType',
    requested_token_use: "exchange.form: 'on-behalf-of'",
    resource: undefined,
    scope: undefined,
    subject_token: "token: 'exchange'",
    subject_token_type: 'exchange.subjectTokenType',
    username: 'provider',
  }).map(([name, option]) => [letters(name), option]),
);

/**
 * What is wrong with parameters of a token request. A name of the grant is none in any spelling: servers differ in what
 * they read as the same, such as `grant.type` or `grant_type[]`.
 */
export function parameterFaults(path: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (!isPlainObject(value))
    return [`${path}: not an object. Give names and values of parameters.`];
  return Object.entries(value).flatMap(([name, parameter]) => {
    if (!NAME.test(name)) {
      return [
        `${path}: ${excerpt(name)} cannot be the name of a parameter. Use letters, digits and _.`,
      ];
    }
    if (RESERVED.has(letters(name))) {
      const option = RESERVED.get(letters(name));
      const instead = option ? ` Use ${option} in its place.` : '';
      return [
        `${path}.${name}: is decided by the grant or by an option of its own. Remove it here.${instead}`,
      ];
    }
    return typeof parameter === 'string'
      ? []
      : [`${path}.${name}: not a string. Give the value as it is to be sent.`];
  });
}

/** An object of names and values: what a URLSearchParams or a Map holds would not be seen. */
export function isPlainObject<T>(value: T): value is T & Record<string, unknown> {
  if (!isJsonObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '');
}
