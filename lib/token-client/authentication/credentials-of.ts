import type { ClientAuthentication, ClientSecretSource } from './client-authentication.js';
import type { ClientCredentials } from './client-credentials.js';
import { ClientSecret } from './client-secret.js';

/** What the options say about who a client is. */
export interface CredentialsOptions {
  clientId?: string | undefined;
  clientSecret?: ClientSecretSource | undefined;
  clientAuthentication?: ClientAuthentication | undefined;
}

/** The credentials that the options describe. Only for options without faults. */
export function credentialsOf({
  clientId = '',
  clientSecret = '',
  clientAuthentication = 'client_secret_basic',
}: CredentialsOptions): ClientCredentials {
  const method =
    clientAuthentication === 'client_secret_post' ? clientAuthentication : 'client_secret_basic';
  return new ClientSecret(clientId, clientSecret, method);
}
