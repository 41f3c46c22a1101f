import { OpenTelemetry } from './open-telemetry.js';
import type { Telemetry } from './telemetry.js';

/** Metrics and traces for applications that have `@opentelemetry/api`, which nobody has to install. */
export async function loadTelemetry(): Promise<Telemetry | undefined> {
  try {
    return new OpenTelemetry(await import('@opentelemetry/api'));
  } catch {
    return undefined;
  }
}
