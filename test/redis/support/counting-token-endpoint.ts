import { setTimeout as sleep } from 'node:timers/promises';
import { RecordingServer } from '../../support/recording-server.js';

/** A token endpoint that counts, takes its time, and gives out `token-1`, `token-2` and so on. */
export class CountingTokenEndpoint {
  /** When each token left, in milliseconds since the epoch. */
  readonly answeredAt = new Map<string, number>();
  /** What it waits for before it answers, beside its usual time. */
  before: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly server: RecordingServer,
    private readonly answer: { delayMs: number; expiresInSeconds: number },
  ) {
    server.respond = () => this.respond();
  }

  /** @param answer how long it takes for an answer, and how long its tokens live */
  static async start({ delayMs = 0, expiresInSeconds = 3600 } = {}) {
    const server = await RecordingServer.start();
    return new CountingTokenEndpoint(server, { delayMs, expiresInSeconds });
  }

  get url(): string {
    return `${this.server.origin}/token`;
  }

  /** How many token requests came. */
  get count(): number {
    return this.server.requests.length;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private async respond() {
    const token = `token-${this.count}`;
    if (this.answer.delayMs > 0) await sleep(this.answer.delayMs);
    await this.before;
    this.answeredAt.set(token, Date.now());
    const { expiresInSeconds } = this.answer;
    return {
      body: { access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds },
    };
  }
}
