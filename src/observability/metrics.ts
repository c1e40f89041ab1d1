import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** The other processes of this machine, where there are any. */
export interface MetricsPeers {
  /** What all of them and this one have counted, in the text format of Prometheus. */
  sum(): Promise<string>;
  /** This process ends: what it has counted must not be forgotten. */
  leave(): Promise<void>;
}

/**
 * What this process counts, in a registry of its own. Hot paths use the fields directly (`metrics.acked.inc(n)`);
 * none of them looks a label up. Names start with `postrider_`, times are seconds, as Prometheus wants them.
 */
@Injectable()
export class Metrics implements OnModuleDestroy, OnApplicationShutdown {
  readonly registry = new Registry();
  /** Figures of the whole installation, the same whichever process is asked. */
  readonly installation = new Registry();
  peers?: MetricsPeers;

  readonly accepted = this.counter('accepted_total', 'Notifications answered 202');
  readonly acceptRefused = this.counter('accept_refused_total', 'Notifications refused or not confirmed');
  readonly replayed = this.counter('accept_replayed_total', 'Requests answered from their idempotency key');
  readonly delivered = this.counter('delivered_total', 'Notification frames handed to sockets, first attempts');
  readonly redelivered = this.counter('redelivered_total', 'Notification frames handed to sockets again');
  readonly acked = this.counter('acked_total', 'Deliveries acknowledged');
  readonly expired = this.counter('expired_total', 'Deliveries expired');
  readonly cancelled = this.counter('cancelled_total', 'Deliveries cancelled');
  readonly mended = this.counter('mended_total', 'Deliveries that the sweep found without their hint or job');
  readonly workersReplaced = this.counter('workers_replaced_total', 'Workers that had gone deaf and were replaced');
  readonly gaps = this.counter('gaps_total', 'Gap frames sent');
  readonly renumbered = this.counter('renumbered_total', 'Topics found diverged after a failover');
  readonly logEventsDropped = this.counter(
    'log_events_dropped_total',
    'Log lines of outcomes that were not written because there were too many of their kind',
  );
  readonly malformed = this.counter('malformed_frames_total', 'Frames that could not be read');
  readonly connections = this.gauge('connections', 'Open sockets of this process');
  readonly sessions = this.gauge('sessions', 'Sessions held by this process');
  readonly subscriptions = this.gauge('subscriptions', 'Subscriptions held by this process');
  readonly acceptSeconds = this.histogram('accept_seconds', 'From the start of an accept to its answer');
  readonly timeToAckSeconds = this.histogram('time_to_ack_seconds', 'From the first send of a notification to its ack');

  private readonly deadByReason = new Map<string, Counter.Internal>();
  private readonly closedByCode = new Map<number, Counter.Internal>();
  private readonly deadTotal = new Counter({
    name: 'postrider_dead_total',
    help: 'Deliveries dead-lettered',
    labelNames: ['reason'],
    registers: [this.registry],
  });
  private readonly closedTotal = new Counter({
    name: 'postrider_closed_total',
    help: 'Sockets closed, by close code',
    labelNames: ['code'],
    registers: [this.registry],
  });
  private readonly refusedByPriority = new Map<string, Counter.Internal>();
  private readonly admissionRefusedTotal = new Counter({
    name: 'postrider_admission_refused_total',
    help: 'Notifications refused because something is nearly full',
    labelNames: ['priority'],
    registers: [this.registry],
  });
  private readonly loopDelay = monitorEventLoopDelay({ resolution: 10 });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.loopDelay.enable();
    const loopDelaySeconds = (): number => {
      const seconds = this.loopDelay.max / 1e9;
      this.loopDelay.reset();
      return seconds;
    };
    const help = 'Longest event-loop delay since the last scrape';
    this.sampled('event_loop_delay_max_seconds', help, loopDelaySeconds, 'max');
  }

  onModuleDestroy(): void {
    this.loopDelay.disable();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.peers?.leave();
  }

  /** What `GET /metrics` answers: of all processes of this machine together. */
  async text(): Promise<string> {
    const counted = this.peers?.sum() ?? this.registry.metrics();
    return `${await counted}\n${await this.installation.metrics()}`;
  }

  /** The counter of dead letters with this reason; reasons are words of ours, never text of a client. */
  dead(reason: string): Counter.Internal {
    return held(this.deadByReason, reason, () => this.deadTotal.labels(reason));
  }

  /** Dead letters of all reasons. */
  async deadSum(): Promise<number> {
    const { values } = await this.deadTotal.get();
    return values.reduce((sum, { value }) => sum + value, 0);
  }

  /** The counter of sockets closed with this code. */
  closed(code: number): Counter.Internal {
    return held(this.closedByCode, code, () => this.closedTotal.labels(String(code)));
  }

  /** The counter of notifications refused for want of room. */
  admissionRefused(priority: 'high' | 'normal' | 'low'): Counter.Internal {
    return held(this.refusedByPriority, priority, () => this.admissionRefusedTotal.labels(priority));
  }

  /**
   * Registers a gauge that is read when Prometheus asks.
   * @param of what becomes of it where several processes answer together: the sum, the largest or the smallest of theirs, or, as a figure of
   *   the whole installation, that of the one that was asked.
   */
  sampled(
    name: string,
    help: string,
    read: () => number | Promise<number>,
    of: 'sum' | 'max' | 'min' | 'installation' = 'sum',
  ): void {
    new Gauge({
      name: `postrider_${name}`,
      help,
      registers: [of === 'installation' ? this.installation : this.registry],
      ...((of === 'max' || of === 'min') && { aggregator: of }),
      async collect() {
        this.set(await read());
      },
    });
  }

  private counter(name: string, help: string): Counter {
    return new Counter({ name: `postrider_${name}`, help, registers: [this.registry] });
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `postrider_${name}`, help, registers: [this.registry] });
  }

  private histogram(name: string, help: string): Histogram {
    return new Histogram({ name: `postrider_${name}`, help, buckets: SECONDS, registers: [this.registry] });
  }
}

function held<K, V>(children: Map<K, V>, key: K, make: () => V): V {
  const known = children.get(key);
  if (known !== undefined) return known;
  const made = make();
  children.set(key, made);
  return made;
}
