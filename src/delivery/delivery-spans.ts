import { Injectable } from '@nestjs/common';
import { type SpanAttributes, type TraceSpan, Tracing } from '../observability/tracing.js';

import type { StoreOutcome, OnStored } from './collected-acks.js';
import type { Flight } from './in-flight.js';
import type { Subscription } from './subscription.js';

const GATHER_MS = 100;
const MAX_GATHERING = 1_000;
const MAX_SESSIONS = 8;

/** Spans of one entry, combined over sessions within a moment. */
interface Gathering {
  readonly span: TraceSpan;
  sockets: number;
  readonly sessions: string[];
  endedAtMs: number;
  attributes: SpanAttributes;
}

interface Happening {
  readonly name: 'deliver' | 'ack' | 'nack';
  readonly parent: string;
  readonly startedAtMs: number;
  readonly attributes?: SpanAttributes;
}

/**
 * Spans of what a gateway does with traced entries. One span covers all sockets that receive or
 * acknowledge an entry within a moment, so the number of spans in a wide topic depends on entries
 * and not on sockets.
 */
@Injectable()
export class DeliverySpans {
  private gatherings = new Map<string, Gathering>();
  private timer?: NodeJS.Timeout | undefined;

  constructor(private readonly tracing: Tracing) {
    tracing.beforeClose(() => this.flush());
  }

  /** Records that an entry was written to a socket. */
  delivered(subscription: Subscription, flight: Flight): void {
    if (flight.trace === undefined || !this.tracing.isOn) return;
    const startedAtMs = performance.now();
    this.note(subscription, flight, { name: 'deliver', parent: flight.trace, startedAtMs });
  }

  /**
   * Records that entries are acknowledged.
   * @param parents traceparents of the client's spans; only those in the trace of a delivered entry
   * count.
   * @returns a function to call once the acks are stored, if there is anything to record.
   */
  acknowledging(
    subscription: Subscription,
    flights: readonly Flight[],
    parents: readonly string[] | undefined,
    onStored: OnStored | undefined,
  ): OnStored | undefined {
    if (!this.tracing.isOn) return onStored;
    const traced = flights.filter(({ trace }) => trace !== undefined);
    if (traced.length === 0) return onStored;
    const startedAtMs = performance.now();
    return (outcome: StoreOutcome): void => {
      for (const flight of traced) {
        const { trace = '' } = flight;
        const parent = parents?.find((given) => traceIdOf(given) === traceIdOf(trace)) ?? trace;
        const sinceSentMs = Math.round(startedAtMs - flight.sentAtMs);
        const attributes = { 'postrider.outcome': outcome, 'postrider.since_sent_ms': sinceSentMs };
        this.note(subscription, flight, { name: 'ack', parent, startedAtMs, attributes });
      }
      onStored?.(outcome);
    };
  }

  /**
   * Records that an entry was refused.
   * @param outcome result of the nack.
   */
  refused(subscription: Subscription, flight: Flight, startedAtMs: number, outcome: string): void {
    if (flight.trace === undefined || !this.tracing.isOn) return;
    const attributes = { 'postrider.outcome': outcome };
    this.note(subscription, flight, { name: 'nack', parent: flight.trace, startedAtMs, attributes });
  }

  private note(
    { feed, topic, session }: Subscription,
    { offset, attempt }: Flight,
    { name, parent, startedAtMs, attributes = {} }: Happening,
  ): void {
    const key = `${name} ${feed.name} ${offset} ${attempt} ${parent}`;
    let gathering = this.gatherings.get(key);
    if (!gathering) {
      const span = this.tracing.start(name, {
        ...(name === 'deliver' && { kind: 'consumer' }),
        parent: { traceparent: parent },
        startedAtMs,
        attributes: {
          'messaging.system': 'postrider',
          'messaging.destination.name': topic,
          'postrider.offset': offset,
          'postrider.attempt': attempt,
        },
      });
      if (!span) return;
      if (this.gatherings.size >= MAX_GATHERING) this.flush();
      gathering = { span, sockets: 0, sessions: [], endedAtMs: startedAtMs, attributes };
      this.gatherings.set(key, gathering);
      this.timer ??= setTimeout(() => this.flush(), GATHER_MS);
    }
    gathering.sockets++;
    if (gathering.sessions.length < MAX_SESSIONS) gathering.sessions.push(session);
    gathering.endedAtMs = performance.now();
    gathering.attributes = attributes;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const done = this.gatherings;
    this.gatherings = new Map();
    for (const { span, sockets, sessions, endedAtMs, attributes } of done.values()) {
      span.end({ ...attributes, 'postrider.sockets': sockets, 'postrider.sessions': sessions }, endedAtMs);
    }
  }
}

/** Trace id: the part between version and parent id. */
const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35);
