import { type Link, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { Config } from '../config/config.js';
import type { Metrics } from './metrics.js';
import { SpanOutbox } from './span-outbox.js';
import type { SpanAttributes, SpanStart, TraceContext, TraceRecorder, TraceSpan } from './tracing.js';

const KINDS = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER } as const;

const w3c = new W3CTraceContextPropagator();
const setter = { set: (carrier: Record<string, string>, key: string, value: string) => void (carrier[key] = value) };
const getter = {
  keys: (carrier: TraceContext) => Object.keys(carrier),
  get: (carrier: TraceContext, key: string) => carrier[key as keyof TraceContext],
};

const contextOf = (given: TraceContext | undefined) =>
  given ? w3c.extract(ROOT_CONTEXT, given, getter) : ROOT_CONTEXT;

const timeOf = (atMs: number | undefined): number | undefined =>
  atMs === undefined ? undefined : performance.timeOrigin + atMs;

/**
 * OpenTelemetry side of `Tracing`, and the only file that imports its SDK. Parents are passed
 * explicitly, never taken from an ambient context.
 */
export class SpanRecorder implements TraceRecorder {
  private readonly provider: BasicTracerProvider;
  private readonly tracer: Tracer;
  private readonly outbox: SpanOutbox;

  /** @param exporter destination of the spans, instead of `TRACE_URL`. */
  constructor(
    { traceUrl, traceSampleRatio, traceQueueMax, nodeId }: Config,
    metrics: Metrics,
    exporter: SpanExporter = new OTLPTraceExporter({ url: traceUrl }),
  ) {
    this.outbox = new SpanOutbox(exporter, traceQueueMax, metrics);
    this.provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'postrider', 'service.instance.id': nodeId }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(traceSampleRatio) }),
      spanProcessors: [this.outbox],
    });
    this.tracer = this.provider.getTracer('postrider');
  }

  start(name: string, { kind, parent, link, attributes = {}, startedAtMs }: SpanStart): TraceSpan | undefined {
    const startTime = timeOf(startedAtMs);
    const span = this.tracer.startSpan(
      name,
      {
        kind: kind ? KINDS[kind] : SpanKind.INTERNAL,
        links: linksOf(link),
        attributes: mutable(attributes),
        ...(startTime !== undefined && { startTime }),
      },
      contextOf(parent),
    );
    if (!span.isRecording()) return undefined;
    const headers: Record<string, string> = {};
    w3c.inject(trace.setSpan(ROOT_CONTEXT, span), headers, setter);
    const { traceparent = '', tracestate } = headers;
    return {
      context: { traceparent, ...(tracestate !== undefined && { tracestate }) },
      end: (further, endedAtMs) => {
        if (further) span.setAttributes(mutable(further));
        span.end(timeOf(endedAtMs));
      },
      fail: (code) => {
        span.setAttribute('error.type', code);
        span.setStatus({ code: SpanStatusCode.ERROR }).end();
      },
    };
  }

  async close(patienceMs: number): Promise<void> {
    let patience: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => (patience = setTimeout(resolve, patienceMs)));
    await Promise.race([this.provider.shutdown().catch(() => undefined), enough]);
    clearTimeout(patience);
    this.outbox.giveUp();
  }
}

function linksOf(link: TraceContext | undefined): Link[] {
  const context = link && trace.getSpanContext(contextOf(link));
  return context ? [{ context }] : [];
}

const mutable = (attributes: SpanAttributes) => attributes as Record<string, string | number | boolean | string[]>;
