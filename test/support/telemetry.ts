import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/** What a metric says about one combination of attributes. */
export interface Point {
  attributes: Record<string, unknown>;
  value: unknown;
}

/** The SDK of OpenTelemetry, registered for the process, that keeps what it is given. */
export class TestTelemetry {
  private readonly metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  private readonly spanExporter = new InMemorySpanExporter();
  private readonly meters = new MeterProvider({
    readers: [
      new PeriodicExportingMetricReader({
        exporter: this.metricExporter,
        exportIntervalMillis: 3_600_000,
      }),
    ],
  });
  private readonly tracers = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(this.spanExporter)],
  });

  static start(): TestTelemetry {
    const telemetry = new TestTelemetry();
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    metrics.setGlobalMeterProvider(telemetry.meters);
    trace.setGlobalTracerProvider(telemetry.tracers);
    return telemetry;
  }

  async stop(): Promise<void> {
    metrics.disable();
    trace.disable();
    context.disable();
    await this.meters.shutdown();
    await this.tracers.shutdown();
  }

  get spans(): ReadableSpan[] {
    return this.spanExporter.getFinishedSpans();
  }

  /** Everything that was measured so far. */
  async collected(): Promise<ResourceMetrics> {
    await this.meters.forceFlush();
    const [latest] = this.metricExporter.getMetrics().slice(-1);
    if (!latest) throw new Error('nothing was exported');
    return latest;
  }

  /** The points of each metric by its name. */
  async points(): Promise<Record<string, Point[]>> {
    const { scopeMetrics } = await this.collected();
    return Object.fromEntries(
      scopeMetrics.flatMap(({ metrics: all }) =>
        all.map(({ descriptor, dataPoints }) => [
          descriptor.name,
          dataPoints.map(({ attributes, value }) => ({ attributes, value })),
        ]),
      ),
    );
  }
}
