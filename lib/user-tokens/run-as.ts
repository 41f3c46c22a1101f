import { runFor, type UserReference } from '../common/current-request.js';
import { isVerifiedToken, type VerifiedToken } from '../common/verified-token.js';
import { referenceOf } from './user-reference.js';

/**
 * Does work in the name of a user, where there is no request that would tell: in a queue worker, a cron
 * job, a message handler. Calls of clients with `token: 'user'` then carry that user's token. Whoever says so is believed:
 * where that came through other hands, open what was sealed first.
 *
 * With an access token that `TokenVerifier` has verified, it is all as in a request that came with it: clients with
 * `token: 'exchange'` and `'forward'` pass it on as well. A token that is neither surely a user's nor surely a client's acts
 * for nobody.
 *
 * @param user what `UserTokenService.currentUser()` gave while there was a request, or the key of it, or what
 * `UserTokenService.openReference()` makes of a sealed one; or the verified token itself, and not its text
 * @throws {TypeError} that names nobody, or is still sealed
 * @example
 * ```ts
 * const user = this.userTokens.openReference(job.data.user, { purpose: 'exports' });
 * await runAs(user, () => this.mailbox.get('/unread'));
 *
 * const token = await this.verifier.verify(message.accessToken);
 * await runAs(token, () => this.ledger.post('/entries', message.entry));
 * ```
 */
export function runAs<T>(user: UserReference | VerifiedToken | string, work: () => T): T {
  if (isVerifiedToken(user)) return runFor({ token: user }, work);
  return runFor({ user: referenceOf(user, 'runAs') }, work);
}
