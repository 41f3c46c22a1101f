import { isJsonObject } from '../../common/json.js';
import { oneOfFault } from '../../common/options/checks.js';
import { assertionFaults } from './assertion-checks.js';
import { certificateFaults } from './certificate-checks.js';
import { unknownMembers } from '../../common/options/member-faults.js';

const SECRET_METHODS: ReadonlySet<unknown> = new Set(['client_secret_basic', 'client_secret_post']);
const FAULTS_OF: ReadonlyMap<unknown, (path: string, options: object) => string[]> = new Map([
  ['client_secret_basic', basicFaults],
  ['private_key_jwt', assertionFaults],
  ['tls_client_auth', certificateFaults],
  ['self_signed_tls_client_auth', certificateFaults],
]);

/** What is wrong with the option `clientAuthentication`. */
export function clientAuthenticationFaults(path: string, value: unknown): string[] {
  if (value === undefined || SECRET_METHODS.has(value)) return [];
  if (!isJsonObject(value)) {
    return [
      `${path}: unknown value. Use 'client_secret_basic', 'client_secret_post', or an object with the method 'private_key_jwt' or 'tls_client_auth'.`,
    ];
  }
  const faultsOf = FAULTS_OF.get(value['method']);
  if (faultsOf) return faultsOf(path, value);
  return [
    `${path}.method: unknown value. Use ${[...FAULTS_OF.keys()].map((name) => `'${String(name)}'`).join(', ')}.`,
  ];
}

/** Whether a client with this option sends a secret. */
export function needsSecret(value: unknown): boolean {
  return !isJsonObject(value) || value['method'] === 'client_secret_basic';
}

/** What the other options have to say, or must not say, for this one to work. */
export interface AuthenticationSurroundings {
  readonly clientId: unknown;
  readonly clientSecret: unknown;
  readonly tokenEndpoint: unknown;
}

/**
 * What is wrong with the option together with others.
 *
 * @param path of the option
 * @param prefix of the options with the credentials
 */
export function authenticationConflicts(
  path: string,
  value: unknown,
  prefix: string,
  { clientId, clientSecret, tokenEndpoint }: AuthenticationSurroundings,
): string[] {
  if (!isJsonObject(value)) return [];
  const { method, audience, encoding } = value;
  const faults: string[] = [];
  if (!needsSecret(value) && clientSecret !== undefined) {
    faults.push(
      `${prefix}clientSecret: given together with a key or a certificate in ${path}. Remove one of them; a client that proves itself in another way than the rest needs a clientId of its own.`,
    );
  }
  if (method === 'private_key_jwt' && tokenEndpoint !== undefined && audience === undefined) {
    faults.push(
      `${path}.audience: missing. Give the issuer of the authorization server, which tokenEndpoint alone does not tell; or give issuer in place of tokenEndpoint.`,
    );
  }
  if (encoding === 'raw' && String(clientId).includes(':')) {
    faults.push(
      `${prefix}clientId: has a colon in it, which cannot be told apart when it is sent raw.`,
    );
  }
  const isCertificate = FAULTS_OF.get(method) === certificateFaults;
  if (isCertificate && /^http:/i.test(String(tokenEndpoint))) {
    faults.push(
      `${path}: a certificate can only be presented over https. Give a tokenEndpoint with it.`,
    );
  }
  return faults;
}

function basicFaults(path: string, options: object): string[] {
  const { encoding }: { encoding?: unknown } = options;
  const fault = oneOfFault(`${path}.encoding`, encoding, ['rfc6749', 'raw']);
  return [...unknownMembers(path, options, ['method', 'encoding']), ...(fault ? [fault] : [])];
}
