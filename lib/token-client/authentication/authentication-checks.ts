import { isJsonObject } from '../../common/json.js';

const METHODS: ReadonlySet<unknown> = new Set(['client_secret_basic', 'client_secret_post']);

/** What is wrong with the option `clientAuthentication`. */
export function clientAuthenticationFaults(path: string, value: unknown): string[] {
  if (value === undefined || METHODS.has(value) || isJsonObject(value)) return [];
  return [
    `${path}: unknown value. Use 'client_secret_basic', 'client_secret_post', or an object with the method 'private_key_jwt' or 'tls_client_auth'.`,
  ];
}

/** Whether a client with this option sends a secret. */
export function needsSecret(value: unknown): boolean {
  return !isJsonObject(value) || value['method'] === 'client_secret_basic';
}
