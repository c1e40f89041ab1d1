import type { OnApplicationShutdown } from '@nestjs/common';

/** Which span others belong to, as its two headers say it (W3C Trace Context). */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** The parent of what is not recorded because that whose part it is was not: one decision for a trace. */
export const NOT_SAMPLED: TraceContext = { traceparent: `00-${'1'.repeat(32)}-${'1'.repeat(16)}-00` };

export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface SpanStart {
  /** Its role in OpenTelemetry's terms; `internal` where it is not given. */
  readonly kind?: 'server' | 'producer' | 'consumer';
  /** Without one a new trace may begin. */
  readonly parent?: TraceContext | undefined;
  /** Another trace that it has to do with. */
  readonly link?: TraceContext | undefined;
  readonly attributes?: SpanAttributes;
  /** By `performance.now()`; now where it is not given. */
  readonly startedAtMs?: number;
}

/** Work that is recorded. */
export interface TraceSpan {
  readonly context: TraceContext;
  /** @param endedAtMs by `performance.now()`; now where it is not given. */
  end(attributes?: SpanAttributes, endedAtMs?: number): void;
  /** Ends it as failed. @param code of the problem or the answer, never text of a client. */
  fail(code: string): void;
}

/** Records spans and sends them; loaded where tracing is on only. */
export interface TraceRecorder {
  /** @returns undefined where the trace is not in the sample. */
  start(name: string, options: SpanStart): TraceSpan | undefined;
  /** Sends what is left. Gives up after a while: spans are not worth a late end. */
  close(patienceMs: number): Promise<void>;
}

/** Traces of this process. Without a recorder nothing is recorded, and no SDK of OpenTelemetry is loaded. */
export class Tracing implements OnApplicationShutdown {
  private readonly closers: (() => void)[] = [];

  /** @param patienceMs how long the end of the process waits for spans to be sent. */
  constructor(
    private readonly recorder?: TraceRecorder,
    private readonly patienceMs = 0,
  ) {}

  get isOn(): boolean {
    return this.recorder !== undefined;
  }

  /** @returns undefined where it is not recorded: tracing is off, or the trace is not in the sample. */
  start(name: string, options: SpanStart = {}): TraceSpan | undefined {
    return options.parent === NOT_SAMPLED ? undefined : this.recorder?.start(name, options);
  }

  /** Has something done before the last spans are sent. */
  beforeClose(closer: () => void): void {
    this.closers.push(closer);
  }

  async onApplicationShutdown(): Promise<void> {
    for (const closer of this.closers) closer();
    await this.recorder?.close(this.patienceMs);
  }
}
