import type { Peer, Processes } from '../common/processes.js';
import type { Job } from './application/application.js';
import { type RedisServer, startRedis } from './servers/redis-server.js';

/** A redis-server, a token endpoint, and a process in which all contestants are; all of them new. */
export class Setting {
  private constructor(
    private readonly redis: RedisServer,
    private readonly tokenEndpoint: Peer,
    private readonly application: Peer,
  ) {}

  static async start(processes: Processes, flags: string[] = []): Promise<Setting> {
    const redis = await startRedis(processes);
    const start = (path: string, ...more: string[]): Peer =>
      processes.start(path, new URL(path, import.meta.url), [], more);
    const tokenEndpoint = start('./servers/token-endpoint.js');
    const { url } = await tokenEndpoint.ask<{ url: string }>();
    const application = start('./application/application.js', ...flags);
    await application.ask();
    const setting = new Setting(redis, tokenEndpoint, application);
    await setting.ask({
      kind: 'open',
      places: { redis: redis.url, tokenEndpoint: `${url}/token` },
    });
    return setting;
  }

  ask<Answer>(job: Job): Promise<Answer> {
    return this.application.ask<Answer>(job);
  }

  /** How many token requests there were until now. */
  async tokenRequests(): Promise<number> {
    const { requests } = await this.tokenEndpoint.ask<{ requests: number }>('count');
    return requests;
  }

  async end(): Promise<void> {
    await this.application.end();
    await this.tokenEndpoint.end();
    await this.redis.end();
  }
}
