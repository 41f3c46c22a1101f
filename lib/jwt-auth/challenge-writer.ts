import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { HttpRequest } from './bearer-credentials.js';
import { formatChallenge } from './challenge.js';
import type { Refusal } from './errors.js';
import { RESOLVED_OPTIONS } from './jwt-auth.tokens.js';
import type { ResolvedOptions } from './config/resolved-options.js';

/** As much of Fastify as is needed to learn which reply belongs to a request. */
interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (request: object, reply: object, done: () => void) => void,
  ): void;
}

/**
 * Writes the challenge of a refusal onto the response before the exception is thrown, through the HTTP
 * adapter, so that no exception filter of the application can lose it.
 */
@Injectable()
export class ChallengeWriter implements OnModuleInit {
  private readonly replies = new WeakMap<object, object>();

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  /** Fastify requests, unlike those of Express, do not know their response. @internal */
  onModuleInit(): void {
    const { httpAdapter } = this.host;
    if (httpAdapter?.getType() !== 'fastify') return;
    httpAdapter.getInstance<FastifyLike>().addHook('onRequest', (request, reply, done) => {
      this.replies.set(request, reply);
      done();
    });
  }

  /** The response that belongs to a request, for Passport strategies: they are handed only the request. */
  responseOf(request: HttpRequest): object | undefined {
    return request.res ?? this.replies.get(request);
  }

  write(response: object, refusal: Refusal): void {
    const { realm } = this.options;
    const headers: Record<string, string> = {
      'www-authenticate': formatChallenge(realm, refusal),
      'cache-control': 'no-store',
    };
    if (refusal.retryAfterSeconds !== undefined)
      headers['retry-after'] = String(refusal.retryAfterSeconds);
    for (const [name, value] of Object.entries(headers))
      this.host.httpAdapter.setHeader(response, name, value);
  }
}
