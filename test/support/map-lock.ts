import type { TokenLease, TokenLock } from 'nestjs-access-tokens';

/** A lock that replicas share, and that fails as it is told. */
export class MapLock implements TokenLock {
  readonly holders = new Map<string, symbol>();
  asked = 0;
  released = 0;
  trouble: 'throws' | 'hangs' | 'granted to everybody' | undefined;
  releaseThrows = false;
  /** Whoever asks waits for it. */
  gate: Promise<void> | undefined;
  /** Whoever gives it back waits for it. */
  releaseGate: Promise<void> | undefined;

  async acquire(key: string): Promise<TokenLease | undefined> {
    this.asked += 1;
    if (this.trouble === 'throws') throw new Error('password-of-the-lock');
    if (this.trouble === 'hangs') return new Promise(() => {});
    await this.gate;
    if (this.holders.has(key) && this.trouble !== 'granted to everybody') return undefined;
    const holder = Symbol(key);
    this.holders.set(key, holder);
    return { release: () => this.release(key, holder) };
  }

  private async release(key: string, holder: symbol): Promise<void> {
    this.released += 1;
    await this.releaseGate;
    if (this.releaseThrows) throw new Error('password-of-the-lock');
    if (this.holders.get(key) === holder) this.holders.delete(key);
  }
}
