import type { Counter, Histogram, Meter } from '@opentelemetry/api';

/** What is counted and measured. */
export interface Instruments {
  readonly requests: Counter;
  readonly failures: Counter;
  readonly lookUps: Counter;
  readonly retries: Counter;
  readonly duration: Histogram;
}

/** Those of HTTP requests in the semantic conventions of OpenTelemetry, which also stop at our time limit. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export function instrumentsOf(meter: Meter): Instruments {
  return {
    requests: meter.createCounter('nestjs_access_tokens.client.requests', {
      unit: '{request}',
      description: 'Token requests, each with its retries',
    }),
    failures: meter.createCounter('nestjs_access_tokens.client.failures', {
      unit: '{request}',
      description: 'Token requests that failed with all their retries',
    }),
    lookUps: meter.createCounter('nestjs_access_tokens.client.lookups', {
      unit: '{lookup}',
      description: 'Look-ups of a token in the cache',
    }),
    retries: meter.createCounter('nestjs_access_tokens.client.retries', {
      unit: '{retry}',
      description: 'Calls that were made once more because the API answered 401',
    }),
    duration: meter.createHistogram('nestjs_access_tokens.client.request.duration', {
      unit: 's',
      description: 'How long token requests take, with their retries',
      advice: { explicitBucketBoundaries: BOUNDARIES },
    }),
  };
}
