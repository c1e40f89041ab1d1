import { Injectable } from '@nestjs/common';
import { type TraceSpan, Tracing } from '../observability/tracing.js';
import { TopicAlarms, type TracedFate } from '../topic/topic-alarms.js';
import { topicOf } from '../topic/topic-namespaces.js';
import { GuardQueue } from './guard-queue.js';

/** Inspects topics and schedules the next inspection if one is needed. */
@Injectable()
export class GuardJobs {
  constructor(
    private readonly alarms: TopicAlarms,
    private readonly queue: GuardQueue,
    private readonly tracing: Tracing,
  ) {}

  /**
   * @param force inspects before the alarm is due.
   * @param traces traceparents of the work that set the alarm.
   */
  async wake(names: readonly string[], force = false, traces: readonly string[] = []): Promise<void> {
    const look = this.tracing.isOn ? new TracedLook(this.tracing, traces) : undefined;
    const next = await this.alarms.wake(names, force, look && ((fate) => look.trace(fate)));
    await Promise.all([...next].map(([at, due]) => this.queue.arm(at, due, look?.again)));
    look?.end();
  }
}

/** Spans of one inspection. */
class TracedLook {
  /** Traces that continue with the next job, by the topic's name. */
  readonly again = new Map<string, string>();
  private readonly wakes = new Map<string, TraceSpan>();

  constructor(
    private readonly tracing: Tracing,
    traces: readonly string[],
  ) {
    for (const traceparent of traces) {
      const span = tracing.start('guard wake', { kind: 'consumer', parent: { traceparent } });
      if (span) this.wakes.set(traceparent, span);
    }
  }

  trace({ name, offset, attempts, what, traceparent }: TracedFate): void {
    if (what === 'redeliver') this.again.set(name, traceparent);
    const parent = this.wakes.get(traceparent)?.context ?? { traceparent };
    const attributes = {
      'messaging.destination.name': topicOf(name),
      'postrider.offset': offset,
      'postrider.attempt': attempts,
    };
    this.tracing.start(what, { parent, attributes })?.end();
  }

  end(): void {
    for (const span of this.wakes.values()) span.end();
  }
}
