import type { Clock } from '../../common/clock.js';
import { ClientAssertion } from './client-assertion.js';
import type { ClientAuthentication, ClientSecretSource } from './client-authentication.js';
import { ClientCertificate } from './client-certificate.js';
import type { ClientCredentials } from './client-credentials.js';
import { ClientSecret } from './client-secret.js';

/** What the options say about who a client is. */
export interface CredentialsOptions {
  clientId?: string | undefined;
  clientSecret?: ClientSecretSource | undefined;
  clientAuthentication?: ClientAuthentication | undefined;
}

/** The credentials that the options describe. Only for options without faults. */
export function createCredentials(
  { clientId = '', clientSecret = '', clientAuthentication: authentication }: CredentialsOptions,
  clock: Clock,
): ClientCredentials {
  if (authentication === undefined || typeof authentication === 'string') {
    return new ClientSecret(clientId, clientSecret, authentication);
  }
  switch (authentication.method) {
    case 'client_secret_basic':
      return new ClientSecret(
        clientId,
        clientSecret,
        authentication.method,
        authentication.encoding,
      );
    case 'private_key_jwt':
      return new ClientAssertion(clientId, authentication, clock);
    default:
      return new ClientCertificate(clientId, authentication);
  }
}
