import type { Logger } from '@nestjs/common';
import type { UserReference } from '../common/current-request.js';
import type { UserTokenRuntime } from './user-token.runtime.js';
import { revokeTokensOf, type Revocation, type RevokeOptions } from './revocation.js';
import type { UserAccessor } from './user-accessor.js';
import { checkReference } from './user-reference.js';
import type { UserTokenRecord } from './user-token.store.js';
import type { UserTokenWriter } from './user-token-writer.js';

/** Forgets the tokens of a user, of whom that is said and of nobody else. */
export class SignOut {
  constructor(
    private readonly users: UserAccessor,
    private readonly writer: UserTokenWriter,
    private readonly runtime: UserTokenRuntime,
    private readonly logger: Logger,
  ) {}

  async revoke(user: UserReference | undefined, options: RevokeOptions): Promise<Revocation> {
    const found = user && (await this.found(user));
    const [forgotten] = await Promise.allSettled([user && this.forget(user)]);
    const record = found?.status === 'fulfilled' ? found.value : undefined;
    // Also where the store does not forget them: then all the more.
    const revocation = await revokeTokensOf(record, options, this.runtime, this.logger);
    for (const done of [found, forgotten]) if (done?.status === 'rejected') throw done.reason;
    return revocation;
  }

  async clear(user: UserReference): Promise<void> {
    await this.found(user);
    await this.forget(user);
  }

  /**
   * What is to be forgotten. What cannot be read is forgotten all the same.
   *
   * @throws {UserReferenceError} it is another user's
   */
  private async found(
    user: UserReference,
  ): Promise<PromiseSettledResult<UserTokenRecord | undefined>> {
    const [found] = await Promise.allSettled([this.writer.readForDeletion(user.key)]);
    if (found.status === 'fulfilled') checkReference(user, found.value);
    return found;
  }

  private async forget({ key }: UserReference): Promise<void> {
    this.users.signOut(key);
    await this.writer.delete(key);
  }
}
