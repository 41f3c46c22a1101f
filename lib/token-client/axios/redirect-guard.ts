import type { InternalAxiosRequestConfig } from 'axios';
import { CallOptionNotAllowedError } from '../calls/call.errors.js';
import type { CallingClient } from './calling-client.js';
import { parsed } from '../calls/call-target.js';
import { withdraw } from './redaction/redact-request.js';
import { isTokenHeader } from './token-headers.js';

type BeforeRedirect = NonNullable<InternalAxiosRequestConfig['beforeRedirect']>;
type Headers = Record<string, unknown>;

/** What decides where a redirected request goes. */
const PLACE = [
  'agent',
  'agents',
  'auth',
  'createConnection',
  'host',
  'hostname',
  'href',
  'lookup',
  'nativeProtocols',
  'port',
  'protocol',
  'rejectUnauthorized',
  'servername',
  'socketPath',
];
const ENUMERABLE = { enumerable: true };

/**
 * Lets redirects, if the client wants any, lead to allowed places only, and shows whoever is asked before one all
 * of it but the token.
 */
export function guardedRedirect(
  { name, targets, place }: Pick<CallingClient, 'name' | 'targets' | 'place'>,
  ask: BeforeRedirect | undefined,
): BeforeRedirect {
  return (options, response, request) => {
    const { origin } = targets.check(options['href'], 'redirect');
    const headers: Headers = options['headers'] ?? {};
    // As the library itself does it with `Authorization`.
    if (!place.isStandard && parsed(request.url)?.origin !== origin)
      leaveOut(headers, place.header);
    if (!ask) return;
    const hidden = takeOut(headers);
    const before = PLACE.map((member) => options[member] as unknown);
    const shown = { ...request, headers: { ...request.headers } };
    takeOut(shown.headers);
    // An agent leads to all calls that go over it.
    const withdrawn = withdraw(options);
    ask(options, response, shown);
    for (const member of withdrawn) {
      if (Object.hasOwn(options, member)) Object.defineProperty(options, member, ENUMERABLE);
    }
    if (PLACE.some((member, index) => options[member] !== before[index])) {
      throw new CallOptionNotAllowedError(name, 'beforeRedirect');
    }
    putBack(hidden, (options['headers'] ??= {}));
  };
}

function leaveOut(headers: Headers, header: string): void {
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() === header.toLowerCase()) delete headers[name];
  }
}

function takeOut(headers: Headers): [string, unknown][] {
  const ours = Object.entries(headers).filter(([name]) => isTokenHeader(name));
  for (const [name] of ours) delete headers[name];
  return ours;
}

/** What was set in its place counts. */
function putBack(hidden: [string, unknown][], headers: Headers): void {
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  for (const [name, value] of hidden) {
    if (!given.has(name.toLowerCase())) headers[name] = value;
  }
}
