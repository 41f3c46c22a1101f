import type { UserReference } from '../../common/current-request.js';
import type { VerifiedToken } from '../../common/verified-token.js';
import { unsureUser } from '../../user-tokens/no-user.js';
import { speaksFor } from '../../user-tokens/speaks-for.js';
import type { UserAccessor } from '../../user-tokens/user-accessor.js';

/** Whom work is done for at the moment, and the access token that came with the request. */
export interface CurrentPrincipal {
  readonly user: UserReference | undefined;
  readonly incoming: VerifiedToken | undefined;
}

/**
 * Of whom the work is done for, and of nobody else.
 *
 * @throws {NoUserError} the request has a token, and nobody can say whose. Nor does the application step in: its own may do more
 */
export function currentPrincipal(users: UserAccessor, client: string): CurrentPrincipal {
  const [user, incoming] = [users.current(), users.incoming()];
  if (incoming && speaksFor(incoming) === 'nobody') throw unsureUser(client);
  return { user, incoming };
}
