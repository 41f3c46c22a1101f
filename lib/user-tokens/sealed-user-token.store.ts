import { Logger } from '@nestjs/common';
import { digestOf } from '../common/digest.js';
import { parseJsonObject } from '../common/json.js';
import { KeyRing, type Sealer } from '../replicas/key-ring.js';
import { readRecord } from './is-user-token-record.js';
import { MemoryUserTokenStore } from './memory-user-token.store.js';
import type { UserTokenRecord, UserTokenStore } from './user-token.store.js';

/**
 * Encrypts the records of another store, each bound to its user and to the application: another one may have the same key,
 * and for its own users the same references. The other store sees the version, which it needs for
 * writing on a condition, and nothing else.
 *
 * What cannot be opened counts as no record, plain records included: whoever can write to the store could have made them.
 * That somebody put an old record of the same user back cannot be told.
 */
export class SealedUserTokenStore implements UserTokenStore {
  readonly #inner: UserTokenStore;
  readonly #keys: Sealer;
  readonly #application: string;
  readonly #logger = new Logger('TokenClientModule');
  #warned = false;

  /** @param application what all replicas of one call it, and nobody else does */
  constructor(inner: UserTokenStore, keys: Sealer, application: string) {
    this.#inner = inner;
    this.#keys = keys;
    this.#application = application;
  }

  async get(user: string): Promise<UserTokenRecord | undefined> {
    const there = await this.there(user);
    return there && this.opened(user, there);
  }

  async set(user: string, record: UserTokenRecord, expected?: string): Promise<boolean> {
    const sealed = this.sealed(user, record);
    if (expected !== undefined) return this.#inner.set(user, sealed, expected);
    // To our caller, what cannot be opened was not there; the store knows it under its version.
    const there = await this.there(user);
    if (there && this.opened(user, there)) return false;
    return this.#inner.set(user, sealed, there?.version);
  }

  async delete(user: string): Promise<void> {
    await this.#inner.delete(user);
  }

  private async there(user: string): Promise<UserTokenRecord | undefined> {
    return readRecord(await this.#inner.get(user));
  }

  private sealed(user: string, record: UserTokenRecord): UserTokenRecord {
    return {
      version: record.version,
      issuer: undefined,
      subject: undefined,
      refreshToken: undefined,
      idToken: undefined,
      accessTokens: {},
      ended: false,
      sealed: this.#keys.seal(JSON.stringify(record), this.placeOf(user)),
    };
  }

  private opened(user: string, { version, sealed }: UserTokenRecord): UserTokenRecord | undefined {
    const text = this.#keys.open(sealed, this.placeOf(user));
    const record = text === undefined ? undefined : readRecord(parseJsonObject(text));
    // A version from elsewhere would let a write pass that was meant for another record.
    if (record?.version === version) return record;
    this.warn();
    return undefined;
  }

  /** What a record is bound to. */
  private placeOf(user: string): string {
    return `user-tokens:${digestOf([this.#application, user])}`;
  }

  private warn(): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#logger.warn(
      'user_tokens_unreadable: Tokens of a user cannot be decrypted. They count as none, and the user has to sign in again. Has a key been removed from encryptionKeys? Keep it there, behind the new one, until what it encrypted has ended. Records from before there were keys cannot be read either.',
    );
  }
}

/** A store whose records are encrypted on their way out of the process, where there are keys for it. */
export function sealedStore(
  store: UserTokenStore,
  sealer: Sealer | undefined,
  application: string,
): UserTokenStore {
  const outside = !(store instanceof MemoryUserTokenStore);
  return outside && sealer instanceof KeyRing
    ? new SealedUserTokenStore(store, sealer, application)
    : store;
}
