import type { Attributes, Span } from '@opentelemetry/api';
import { errorTypeOf } from './error-type.js';
import type { Instruments } from './instruments.js';
import { CLIENT, ERROR_TYPE, GRANT_TYPE, OUTCOME } from './names.js';
import type { MeasuredRequest } from './telemetry.js';
import type { SpanContext } from '../authorization-server/span-context.js';

type Api = typeof import('@opentelemetry/api');

/** One token request in metrics and traces, from its start to its end. */
export class RequestSpan {
  /** In a context of its own: of the caller who came first, nothing else is to be seen there. */
  readonly within: SpanContext;
  readonly #api: Api;
  readonly #instruments: Instruments;
  readonly #client: Attributes;
  readonly #span: Span;
  readonly #start = performance.now();

  /** @internal */
  constructor(api: Api, instruments: Instruments, { client, grant }: MeasuredRequest) {
    const { context, ROOT_CONTEXT, SpanKind, trace } = api;
    this.#api = api;
    this.#instruments = instruments;
    this.#client = { [CLIENT]: client };
    this.#span = trace.getTracer('nestjs-access-tokens').startSpan(`token request ${client}`, {
      kind: SpanKind.CLIENT,
      attributes: { ...this.#client, [GRANT_TYPE]: grant },
    });
    const beneath = trace.setSpan(ROOT_CONTEXT, this.#span);
    this.within = (work) => context.with(beneath, work);
  }

  succeeded(): void {
    this.#span.setAttribute(OUTCOME, 'success');
    this.end({});
  }

  failed(error: unknown): void {
    const what = { [ERROR_TYPE]: errorTypeOf(error) };
    this.#span.setAttributes({ [OUTCOME]: 'failure', ...what });
    this.#span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
    this.#instruments.failures.add(1, { ...this.#client, ...what });
    this.end(what);
  }

  private end(error: Attributes): void {
    const { requests, duration } = this.#instruments;
    requests.add(1, this.#client);
    duration.record((performance.now() - this.#start) / 1000, { ...this.#client, ...error });
    this.#span.end();
  }
}
