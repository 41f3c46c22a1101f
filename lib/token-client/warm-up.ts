import { ConfigurationError } from '../common/configuration.error.js';
import type { ResolvedClient } from './options/resolved-client.js';

/**
 * Gets the tokens of all clients whose token is that of the application and the same for every call.
 *
 * @throws {ConfigurationError} with every client that has got none
 */
export async function warmUp(
  clients: readonly ResolvedClient[],
  getToken: (client: string) => Promise<unknown>,
): Promise<void> {
  const own = clients.filter(
    ({ kind, withoutUser, standard, customize }) =>
      (kind === 'client' || withoutUser === 'client') && standard && !customize,
  );
  const faults = await Promise.all(
    own.map(({ name }) =>
      getToken(name).then(
        () => [],
        (error: unknown) => [
          `clients.${name}: warmUp: 'eager', and there is no token to be had. ${messageOf(error)}`,
        ],
      ),
    ),
  );
  if (faults.flat().length > 0) throw new ConfigurationError('TokenClientModule', faults.flat());
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something else than an error was thrown.';
}
