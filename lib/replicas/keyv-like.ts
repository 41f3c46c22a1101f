/** What is used of a Keyv instance, of version 5 or later; or of anything that does the same. */
export interface KeyvLike {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttlMs?: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  /** Several at once, in the same order. */
  getMany?(keys: string[]): Promise<unknown[]>;
  /**
   * Writes a value if the one that is there is still `expected`, as it was read, or if there is none and `expected` is
   * `undefined`; all at once, so that nobody can come in between. Keyv has no such thing.
   *
   * @returns whether it was written
   */
  replace?(key: string, expected: unknown, value: unknown, ttlMs: number): Promise<boolean>;
  /**
   * Deletes a value if the one that is there is still `expected`, as it was read; all at once. Goes together with `replace`.
   *
   * @returns whether it was deleted
   */
  deleteIf?(key: string, expected: unknown): Promise<boolean>;
  throwOnErrors?: boolean;
  on?(event: 'error', listener: (error: unknown) => void): unknown;
  off?(event: 'error', listener: (error: unknown) => void): unknown;
}
