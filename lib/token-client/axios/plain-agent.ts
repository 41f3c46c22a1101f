import * as http from 'node:http';
import * as https from 'node:https';

/** Options that neither lead a connection elsewhere nor make less of the look at who is at its end. */
const FINE = new Set([
  'ALPNProtocols',
  'agentKeepAliveTimeoutBuffer',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
  'ca',
  'cert',
  'crl',
  'family',
  'keepAlive',
  'keepAliveInitialDelay',
  'keepAliveMsecs',
  'key',
  'maxCachedSessions',
  'maxFreeSockets',
  'maxSockets',
  'maxTotalSockets',
  'noDelay',
  'passphrase',
  'pfx',
  'scheduling',
  'timeout',
]);
/** Newer versions of Node.js put in what they take for given. */
const STANDARD = new Map<string, readonly unknown[]>([
  ['defaultPort', [80, 443]],
  ['protocol', ['http:', 'https:']],
  ['rejectUnauthorized', [true]],
]);
const METHODS = ['addRequest', 'createConnection', 'createSocket', 'getName', 'reuseSocket'];

/**
 * Whether it is an agent of Node.js as it comes: one that connects to where the request goes, and believes
 * nobody there without a certificate.
 */
export function isPlainAgent(agent: unknown): boolean {
  if (agent === http.globalAgent || agent === https.globalAgent) return true;
  if (!(agent instanceof http.Agent)) return false;
  const prototype: unknown = Object.getPrototypeOf(agent);
  if (prototype !== http.Agent.prototype && prototype !== https.Agent.prototype) return false;
  if (METHODS.some((method) => Object.hasOwn(agent, method))) return false;
  const options: unknown = Reflect.get(agent, 'options');
  return [...Object.entries(Object(options)), ['defaultPort', Reflect.get(agent, 'defaultPort')]]
    .filter(([, value]) => value !== undefined && value !== null)
    .every(
      ([name, value]) => FINE.has(String(name)) || STANDARD.get(String(name))?.includes(value),
    );
}
