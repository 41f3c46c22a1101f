/** A lock that is held. */
export interface TokenLease {
  /** Gives the lock back, if it is still ours: whoever took it after our time was over keeps it. */
  release(): Promise<void>;
}

/**
 * Lets one replica at a time ask for a token. It spares token requests and keeps replicas from spending the same
 * refresh token. Where it fails, work goes on without it. Implement it for a place of your own.
 */
export interface TokenLock {
  /**
   * Takes the lock of a key, if nobody has it. Does not wait: whoever wants it asks again.
   *
   * @param ttlMs after how long the lock is free again, whatever became of its holder, in milliseconds
   * @returns nothing where somebody else has it
   */
  acquire(key: string, ttlMs: number): Promise<TokenLease | undefined>;
}
