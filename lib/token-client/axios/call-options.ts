import { CallOptionNotAllowedError } from '../calls/call.errors.js';
import type { AxiosCall } from './axios-call.js';
import type { CallingClient } from './calling-client.js';
import type { ConnectionMember } from './connection.js';
import { isPlainAgent } from './plain-agent.js';

/** Each leads a call to another place than its URL says, or makes less of the look at who is there. */
const CLIENT_ONLY = [
  'http2Options',
  'httpVersion',
  'insecureHTTPParser',
  'lookup',
  'socketPath',
  'transport',
] as const satisfies ConnectionMember[];
const AGENTS = ['httpAgent', 'httpsAgent'] as const satisfies ConnectionMember[];
const FETCH = ['fetch', 'Request', 'Response'] as const;

/**
 * Sees to it that a single call does not decide how its token leaves the process. The client itself may say all
 * of it, as may who makes an instance of it.
 *
 * @throws {CallOptionNotAllowedError}
 */
export function checkCallOptions(client: CallingClient, { config, target }: AxiosCall): void {
  const { name, connection, environment, targets } = client;
  for (const member of CLIENT_ONLY) {
    const value: unknown = Reflect.get(config, member);
    if (value && !connection.says(member, value)) refuse(name, member);
  }
  for (const member of AGENTS) {
    const agent: unknown = config[member];
    if (agent && agent !== connection.get(member) && !isPlainAgent(agent)) refuse(name, member);
  }
  // In a tunnel it sees where to and nothing more. Without one, as for plain http, it would see it all.
  const { proxy, fetchOptions, env, headers } = config;
  if (proxy && !connection.says('proxy', proxy)) {
    const isReadable = target.startsWith('http:') && !targets.isLoopback(target);
    if (typeof proxy !== 'object' || isReadable) refuse(name, 'proxy');
  }
  const dispatcher = dispatcherOf(fetchOptions);
  if (dispatcher && dispatcher !== dispatcherOf(connection.get('fetchOptions'))) {
    refuse(name, 'fetchOptions.dispatcher');
  }
  for (const member of FETCH) {
    const given: unknown = env && Reflect.get(env, member);
    if (given && given !== (environment && Reflect.get(environment, member))) {
      refuse(name, `env.${member}`);
    }
  }
  for (const header in headers) {
    if (header.length === 4 && header.toLowerCase() === 'host') {
      checkHost(client, headers[header], target);
    }
  }
}

/** The name that a server, and the look at its certificate, takes a call to be for is that of its URL. */
function checkHost({ name, host }: CallingClient, given: unknown, target: string): void {
  if (given === undefined || given === null || given === false || given === host) return;
  const known = typeof given === 'string' ? given.toLowerCase() : undefined;
  if (known !== new URL(target).host) refuse(name, 'headers.Host');
}

function refuse(client: string, option: string): never {
  throw new CallOptionNotAllowedError(client, option);
}

function dispatcherOf(fetchOptions: unknown): unknown {
  return typeof fetchOptions === 'object' && fetchOptions !== null
    ? Reflect.get(fetchOptions, 'dispatcher')
    : undefined;
}
