/**
 * Remembers what may be used only once, such as DPoP proofs (RFC 9449 section 11.1), keyed by what is unique about a
 * proof. Implement it for a place of your own.
 */
export interface ReplayStore {
  /**
   * Notes a key, if it is not there yet. Looking and noting are one step: of any number of callers with the same key, one
   * is told `true`.
   *
   * @param key of bounded length, such as a digest: what a client sends can be of any length
   * @param ttlMs how long it is remembered at least, in milliseconds: as long as what it stands for would be accepted
   * @returns whether it was not there: `false` for a replay
   * @throws anything where the store cannot tell; callers must then refuse
   */
  putIfAbsent(key: string, ttlMs: number): Promise<boolean>;
}
