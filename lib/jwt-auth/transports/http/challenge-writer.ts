import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { textOfError } from '../../../common/kind-of-error.js';
import { LogThrottle } from '../../../common/log-throttle.js';
import type { HttpRequest } from './bearer-credentials.js';
import { formatChallenge } from './challenge.js';
import type { RequestRefusedError } from '../../errors.js';
import type { RefusedRequest } from '../../options/jwt-auth.options.js';
import { RESOLVED_OPTIONS } from '../../jwt-auth.tokens.js';
import { RefusalLog } from '../../refusals/refusal-log.js';
import { replyOf, type RequestState, setReply } from './request-state.js';
import type { ResolvedOptions } from '../../options/resolved-options.js';

/** As much of Fastify as is needed to learn which reply belongs to a request. */
interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (request: RequestState, reply: object, done: () => void) => void,
  ): void;
}

/** Express and Fastify responses both have it. */
interface HttpResponse {
  getHeader?(name: string): unknown;
}

/**
 * Writes the challenge of a refusal onto the response before the exception is thrown, through the HTTP
 * adapter, so that no exception filter of the application can lose it.
 */
@Injectable()
export class ChallengeWriter implements OnModuleInit {
  private readonly logger = new Logger('JwtAuthModule');
  private readonly throttle: LogThrottle;
  private isHooked = false;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    private readonly refusals: RefusalLog,
  ) {
    this.throttle = new LogThrottle(options.clock);
  }

  /** Fastify requests, unlike those of Express, do not know their response. */
  onModuleInit(): void {
    const { httpAdapter } = this.host;
    // Nest runs the hooks again for a microservice that is connected with `deferInitialization`.
    if (httpAdapter?.getType() !== 'fastify' || this.isHooked) return;
    this.isHooked = true;
    httpAdapter.getInstance<FastifyLike>().addHook('onRequest', (request, reply, done) => {
      // Not a WeakMap: an entry for each request keeps the garbage collector busy.
      setReply(request, reply);
      done();
    });
  }

  /** The response that belongs to a request, for Passport strategies: they are handed only the request. */
  responseOf(request: HttpRequest): object | undefined {
    return request.res ?? replyOf(request);
  }

  /** Writes the challenge; tells the log and `onFailure` as well, as everything that is refused comes by here. */
  write(response: object, error: RequestRefusedError, refused: RefusedRequest<HttpRequest>): void {
    const { retryAfterSeconds } = error.refusal;
    this.challenge(response, error);
    this.set(response, 'cache-control', 'no-store');
    if (retryAfterSeconds !== undefined)
      this.set(response, 'retry-after', String(retryAfterSeconds));
    this.refusals.request(refused.request, error);
    void this.report(error, refused);
  }

  /** Writes the challenge alone. */
  challenge(response: HttpResponse, { refusal }: RequestRefusedError): void {
    this.set(response, 'www-authenticate', formatChallenge(this.options.realm, refusal));
    this.expose(response, 'WWW-Authenticate');
  }

  /** Lets scripts of other origins read the header (Fetch standard, section 3.2.3), as well as what they may read already. */
  private expose(response: HttpResponse, name: string): void {
    const before = [response.getHeader?.('access-control-expose-headers')].flat();
    const names = [...before, name].filter((value) => typeof value === 'string');
    this.set(response, 'access-control-expose-headers', names.join(', '));
  }

  private set(response: object, name: string, value: string): void {
    const { httpAdapter } = this.host;
    // Somebody else may have answered meanwhile, as a time limit does.
    if (!httpAdapter.isHeadersSent(response)) httpAdapter.setHeader(response, name, value);
  }

  /** Never rejects: what an observer does changes nothing. */
  private async report(error: RequestRefusedError, refused: RefusedRequest): Promise<void> {
    try {
      await this.options.onFailure?.(error, refused);
    } catch (reason) {
      // Anybody can cause it, with every request.
      const line = this.throttle.line('onFailure', () => `onFailure threw ${textOfError(reason)}`);
      if (line) this.logger.error(line);
    }
  }
}
