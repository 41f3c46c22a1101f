import { runFor, type UserReference } from '../../common/current-request.js';
import { referenceOf } from './user-reference.js';

/**
 * Does work in the name of a user, where there is no request that would tell: in a queue worker, a cron
 * job, a message handler. Calls of clients with `token: 'user'` then carry that user's token. Whoever says so is believed:
 * where that came through other hands, open what was sealed first.
 *
 * @param user what `UserTokenService.currentUser()` gave while there was a request, or the key of it, or what
 * `UserTokenService.openReference()` makes of a sealed one
 * @throws {TypeError} that names nobody, or is still sealed
 * @example
 * ```ts
 * const user = this.userTokens.openReference(job.data.user, { purpose: 'exports' });
 * await runAs(user, () => this.mailbox.get('/unread'));
 * ```
 */
export function runAs<T>(user: UserReference | string, work: () => T): T {
  return runFor({ user: referenceOf(user, 'runAs') }, work);
}
