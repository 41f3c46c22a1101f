import { leavesProcess } from '../replicas/encryption-keys.check.js';
import { KeyvUserTokenStore } from './keyv-user-token.store.js';
import { MemoryUserTokenStore } from './memory-user-token.store.js';
import type { UserTokenStore } from './user-token.store.js';

/** Whether a store of user tokens is known to be one that other processes can share. */
export function isOutside(store: UserTokenStore | undefined): boolean {
  return store instanceof KeyvUserTokenStore && leavesProcess(store.backend);
}
/** Whether a store of user tokens is known to be one that no other process can share. */
export function isInProcess(store: UserTokenStore): boolean {
  if (store instanceof KeyvUserTokenStore) return !leavesProcess(store.backend);
  return store instanceof MemoryUserTokenStore;
}
