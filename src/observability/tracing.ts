import type { OnApplicationShutdown } from '@nestjs/common';

/** Parent span, in the form of the two W3C Trace Context headers. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** Parent that keeps children unrecorded when the trace is not recorded: one decision per trace. */
export const NOT_SAMPLED: TraceContext = { traceparent: `00-${'1'.repeat(32)}-${'1'.repeat(16)}-00` };

export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface SpanStart {
  /** Role in OpenTelemetry's terms; default `internal`. */
  readonly kind?: 'server' | 'producer' | 'consumer';
  /** Without a parent, a new trace may begin. */
  readonly parent?: TraceContext | undefined;
  /** Related trace. */
  readonly link?: TraceContext | undefined;
  readonly attributes?: SpanAttributes;
  /** Start by `performance.now()`; default: now. */
  readonly startedAtMs?: number;
}

/** Work that is being recorded. */
export interface TraceSpan {
  readonly context: TraceContext;
  /** @param endedAtMs end by `performance.now()`; default: now. */
  end(attributes?: SpanAttributes, endedAtMs?: number): void;
  /**
   * Ends the span as failed.
   * @param code error code or status, never text of a client.
   */
  fail(code: string): void;
}

/** Records spans and sends them; loaded only if tracing is on. */
export interface TraceRecorder {
  /** @returns undefined if the trace is not in the sample. */
  start(name: string, options: SpanStart): TraceSpan | undefined;
  /**
   * Sends the remaining spans, but gives up after `patienceMs`: spans are not worth a slow
   * shutdown.
   */
  close(patienceMs: number): Promise<void>;
}

/**
 * Traces of this process. Without a recorder nothing is recorded, and the OpenTelemetry SDK is not
 * loaded.
 */
export class Tracing implements OnApplicationShutdown {
  private readonly closers: (() => void)[] = [];

  /** @param patienceMs how long shutdown waits for spans to be sent. */
  constructor(
    private readonly recorder?: TraceRecorder,
    private readonly patienceMs = 0,
  ) {}

  get isOn(): boolean {
    return this.recorder !== undefined;
  }

  /**
   * @returns undefined if the span is not recorded: tracing is off, or the trace is not in the
   * sample.
   */
  start(name: string, options: SpanStart = {}): TraceSpan | undefined {
    return options.parent === NOT_SAMPLED ? undefined : this.recorder?.start(name, options);
  }

  /** Runs a function before the last spans are sent. */
  beforeClose(closer: () => void): void {
    this.closers.push(closer);
  }

  async onApplicationShutdown(): Promise<void> {
    for (const closer of this.closers) closer();
    await this.recorder?.close(this.patienceMs);
  }
}
