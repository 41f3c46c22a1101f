import { runFor, type UserReference } from '../../common/current-request.js';

/**
 * Does work in the name of a user, where there is no request that would tell: in a queue worker, a cron
 * job, a message handler. Calls of clients with `token: 'user'` then carry that user's token.
 *
 * @param user what `UserTokenService.currentUser()` gave while there was a request, or the key of it
 * @example
 * ```ts
 * await runAs(job.data.user, () => this.mailbox.get('/unread'));
 * ```
 */
export function runAs<T>(user: UserReference | string, work: () => T): T {
  const reference = typeof user === 'string' ? { key: user } : user;
  if (typeof reference.key !== 'string' || reference.key === '') {
    throw new TypeError('runAs: no user. Give what UserTokenService.currentUser() returned.');
  }
  return runFor({ user: reference }, work);
}
