import { digestOf } from '../common/digest.js';
import type { UserTokenRecord, UserTokenStore } from './user-token.store.js';

/**
 * Keeps the records of an application apart from those of others in the same store, which may know the same users by the
 * same keys. What the store gets to see as the user is a digest: short, of letters and digits, and saying nothing, whatever
 * the key is; so two keys that differ only in the case of a letter do not meet in a backend that does not tell those apart.
 */
export class ApplicationUserTokenStore implements UserTokenStore {
  /** @param application what all replicas of one call it, and nobody else does */
  constructor(
    private readonly inner: UserTokenStore,
    private readonly application: string,
  ) {}

  get(user: string): Promise<UserTokenRecord | undefined> {
    return this.inner.get(this.placeOf(user));
  }

  set(user: string, record: UserTokenRecord, expected?: string): Promise<boolean> {
    return this.inner.set(this.placeOf(user), record, expected);
  }

  delete(user: string): Promise<void> {
    return this.inner.delete(this.placeOf(user));
  }

  private placeOf(user: string): string {
    return digestOf([this.application, user]);
  }
}
