import type { UserReference } from '../common/current-request.js';
import type { VerifiedToken } from '../common/verified-token.js';
import { NoUserError } from './user-token.errors.js';
import { speaksFor } from './speaks-for.js';

/** What errors call the shared options, where no named client is involved. */
export const NO_CLIENT = 'forRoot';

/** Why there is no user whose token a call could carry. */
export function noUser(client: string, incoming: VerifiedToken | undefined): NoUserError {
  if (!incoming) return new NoUserError(client);
  if (speaksFor(incoming) === 'nobody') return unsureUser(client);
  return new NoUserError(
    client,
    'the access token of the request is that of a client, and of no user',
    "Where a call may do without a user, set withoutUser to 'client'.",
  );
}

/** The token of the request may be a user's or a client's, so it is nobody's, and the application does not step in for it. */
export function unsureUser(client: string): NoUserError {
  return new NoUserError(
    client,
    'the access token of the request is neither surely that of a user nor surely that of a client, so it acts for nobody',
    'Say whom the tokens of its issuer speak for: set subjectKind of JwtAuthModule.',
  );
}

/** No token came with the work that could be passed on; of a user or not, it is that token which is wanted. */
export function noIncomingToken(
  client: string,
  kind: 'exchange' | 'forward',
  user: UserReference | undefined,
): NoUserError {
  const done = kind === 'exchange' ? 'exchanged' : 'forwarded';
  const reason = user
    ? `there is a user, but no access token came with the work that could be ${done}`
    : `no verified access token came with the request that could be ${done}`;
  const outside =
    'Outside of requests, give runAs the token itself, as TokenVerifier.verify() returns it.';
  const advice = user
    ? `${outside} Where the tokens of the user are kept, as after a sign-in, set token to 'user'.`
    : `Protect the route with JwtAuthModule. ${outside} Where a call may do without a user, set withoutUser to 'client'.`;
  return new NoUserError(client, reason, advice);
}
