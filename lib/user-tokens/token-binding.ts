import { UnreadableCredentialsError } from '../authorization-server/client-authentication/client-credentials.js';
import type { TokenRequest } from '../authorization-server/token-request.js';
import { ClientSecretUnavailableError } from '../authorization-server/errors.js';
import type { TokenBinding } from '../authorization-server/issued-token.js';

/**
 * What a stored token of a user is sent with: the key or the certificate that it is bound to. The certificate is read
 * anew; what the token was got with is kept nowhere.
 *
 * @throws {ClientSecretUnavailableError} the certificate cannot be read
 */
export async function tokenBindingOf(
  { credentials, dpop }: TokenRequest,
  client: string,
): Promise<TokenBinding | undefined> {
  const bound = credentials.method.endsWith('tls_client_auth');
  if (!bound) return dpop && { dpop, tls: undefined };
  try {
    const { tls } = await credentials.present();
    return { dpop, tls };
  } catch (error) {
    if (!(error instanceof UnreadableCredentialsError)) throw error;
    throw new ClientSecretUnavailableError(client, error.message, credentials.option);
  }
}
