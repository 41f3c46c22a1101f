import type { Attributes } from '@opentelemetry/api';
import { instrumentsOf, type Instruments } from './instruments.js';
import { CLIENT, LOOKUP_RESULT } from './names.js';
import { RequestSpan } from './request-span.js';
import { type LookUp, type MeasuredRequest, type Telemetry } from './telemetry.js';
import { noSpan } from '../authorization-server/span-context.js';
import { type SpanContext } from '../authorization-server/span-context.js';

type Api = typeof import('@opentelemetry/api');

/** Metrics and traces by OpenTelemetry. Without an SDK each of them is a call of an empty function. */
export class OpenTelemetry implements Telemetry {
  readonly #api: Api;
  #meters: unknown;
  #instruments: Instruments | undefined;
  /** Made once for each client, as there is a look-up with every call. */
  readonly #lookUps = new Map<string, Record<LookUp, Attributes>>();

  /** @internal */
  constructor(api: Api) {
    this.#api = api;
  }

  lookedUp(client: string, how: LookUp): void {
    let attributes = this.#lookUps.get(client);
    if (!attributes) {
      attributes = attributesOf(client);
      this.#lookUps.set(client, attributes);
    }
    const result = attributes[how];
    quietly(() => {
      const { lookUps } = (how === 'hit' && this.#instruments) || this.instruments();
      lookUps.add(1, result);
    });
  }

  async request<T>(
    request: MeasuredRequest,
    work: (within: SpanContext) => Promise<T>,
  ): Promise<T> {
    const span = quietly(() => new RequestSpan(this.#api, this.instruments(), request));
    try {
      const result = await work(span?.within ?? noSpan);
      quietly(() => span?.succeeded());
      return result;
    } catch (error) {
      quietly(() => span?.failed(error));
      throw error;
    }
  }

  retriedAfter401(client: string): void {
    quietly(() => this.instruments().retries.add(1, { [CLIENT]: client }));
  }

  /** Anew where an SDK was started after us: what was made before it would stay silent for ever. */
  private instruments(): Instruments {
    const meters = this.#api.metrics.getMeterProvider();
    if (!this.#instruments || meters !== this.#meters) {
      this.#meters = meters;
      this.#instruments = instrumentsOf(meters.getMeter('nestjs-access-tokens'));
    }
    return this.#instruments;
  }
}

/** A sampler or a processor of the application that throws is no reason to have no token. */
function quietly<T>(measure: () => T): T | undefined {
  try {
    return measure();
  } catch {
    return undefined;
  }
}

function attributesOf(client: string): Record<LookUp, Attributes> {
  const result = (how: LookUp) => ({ [CLIENT]: client, [LOOKUP_RESULT]: how });
  return { hit: result('hit'), miss: result('miss'), in_flight: result('in_flight') };
}
