import { Logger } from '@nestjs/common';
import { TraceFlags } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type Span,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { Metrics } from './metrics.js';

const BATCH = 512;
const DELAY_MS = 1_000;
const PATIENCE_MS = 5_000;

/**
 * Bounded queue of spans that are sent in batches. It counts every lost span, which the SDK does
 * not report.
 */
export class SpanOutbox implements SpanProcessor {
  private readonly batches: BatchSpanProcessor;
  private waiting = 0;
  private failing = false;
  private readonly logger = new Logger(SpanOutbox.name);

  constructor(
    private readonly exporter: SpanExporter,
    private readonly max: number,
    private readonly metrics: Metrics,
  ) {
    this.batches = new BatchSpanProcessor(
      {
        export: (spans, done) => this.export(spans, done),
        shutdown: () => exporter.shutdown(),
      },
      {
        maxQueueSize: max,
        maxExportBatchSize: Math.min(BATCH, max),
        scheduledDelayMillis: DELAY_MS,
        exportTimeoutMillis: PATIENCE_MS,
      },
    );
  }

  onStart(span: Span, parent: Parameters<SpanProcessor['onStart']>[1]): void {
    this.batches.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.waiting >= this.max) return this.metrics.spansDropped.inc();
    this.add(1);
    this.batches.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.batches.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.batches.shutdown();
  }

  /** Drops and counts the spans that nobody will send. */
  giveUp(): void {
    if (this.waiting > 0) this.logger.warn({ msg: 'Spans were not sent before shutdown', count: this.waiting });
    this.metrics.spansDropped.inc(this.waiting);
    this.add(-this.waiting);
  }

  private add(spans: number): void {
    this.waiting += spans;
    this.metrics.spansWaiting.set(this.waiting);
  }

  private export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.exporter.export(spans, (result) => {
      this.add(-Math.min(this.waiting, spans.length));
      const failed = result.code !== ExportResultCode.SUCCESS;
      if (failed) this.metrics.spansDropped.inc(spans.length);
      if (failed !== this.failing) this.report(failed, result.error);
      this.failing = failed;
      done(result);
    });
  }

  private report(failed: boolean, error?: Error): void {
    if (failed) this.logger.warn({ msg: 'The trace collector accepts no spans; dropping them', error: error?.message });
    else this.logger.log({ msg: 'The trace collector accepts spans again' });
  }
}
