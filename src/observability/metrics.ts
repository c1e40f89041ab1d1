import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { CLOSE_CODES } from '../contract/close-codes.js';
import { CLIENT_DATA } from '../contract/client-frames.js';
import { ERRORS, type ErrorCode } from '../contract/postrider-error.js';
import { ACK_POLICIES, DEAD_REASONS, type DeadReason, PRIORITIES, type Priority } from '../contract/terms.js';
import { CounterFamily, type Tally } from './counter-family.js';
import { HistogramFamily } from './histogram-family.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Limits as metric labels; docs/limits.md explains each. */
export const LIMITS = [
  'rest_key',
  'failed_keys',
  'sign_ins',
  'http_connections',
  'http_header',
  'http_time',
  'handshakes',
  'connections',
  'connections_address',
  'connections_app',
  'connections_user',
  'sessions_user',
  'frames',
  'acks',
] as const;
export type Limit = (typeof LIMITS)[number];

/** Reserved codes that a socket reports if no close frame arrived (RFC 6455 §7.4.1). */
const NO_CLOSE_FRAME = [1005, 1006];
/** Clients choose their close code, so every other code is counted as `other`. */
const COUNTED_CLOSE_CODES = [...Object.keys(CLOSE_CODES).map(Number), ...NO_CLOSE_FRAME];
const CODES = Object.keys(ERRORS) as ErrorCode[];

type SampleOf = 'sum' | 'max' | 'min' | 'installation';
/** Labels and value of one sample. */
export type Row<L extends string> = readonly [labels: Readonly<Record<L, string>>, value: number];

/** The other processes of this machine. */
export interface MetricsPeers {
  /** Sum of the counts of all processes, in the text format of Prometheus. */
  sum(): Promise<string>;
  /** Hands over the counts of this process before it exits. */
  leave(): Promise<void>;
}

/**
 * Metrics of this process, in a registry of its own. Hot paths use the fields directly
 * (`metrics.acked.inc(n)`) and never look up a label. Names start with `postrider_`; times are in
 * seconds, as is usual in Prometheus.
 */
@Injectable()
export class Metrics implements OnApplicationShutdown {
  readonly registry = new Registry();
  /** Metrics of the whole installation, equal at every process. */
  readonly installation = new Registry();
  peers?: MetricsPeers;

  readonly accepted = this.counter('accepted_total', 'Notifications answered 202');
  readonly acceptRefused = this.family(
    'accept_refused_total',
    'Notifications refused or not confirmed, by code and status',
    ['code', 'status'],
  );
  readonly replayed = this.counter('accept_replayed_total', 'Requests answered by their idempotency key');
  readonly delivered = this.counter('delivered_total', 'Notification frames written to sockets, first attempts');
  readonly redelivered = this.counter('redelivered_total', 'Notification frames written to sockets, redeliveries');
  readonly acked = this.counter('acked_total', 'Deliveries acknowledged');
  readonly expired = this.counter('expired_total', 'Deliveries expired');
  readonly cancelled = this.counter('cancelled_total', 'Deliveries cancelled');
  readonly repaired = this.counter('repaired_total', 'Overdue topics and schedules that the sweep repaired');
  readonly schedulesRestored = this.counter(
    'schedules_restored_total',
    'Job schedules that were missing in Redis and were restored',
  );
  readonly workersReplaced = this.counter(
    'workers_replaced_total',
    'Workers replaced because they had stopped polling',
  );
  readonly gaps = this.counter('gaps_total', 'Gap frames sent');
  readonly renumbered = this.counter(
    'renumbered_total',
    'Topics that got a new epoch because a failover lost some of their entries',
  );
  readonly framesSent = this.counter('frames_sent_total', 'Frames written to sockets');
  readonly sentBytes = this.counter('sent_bytes_total', 'Bytes of frames written to sockets');
  readonly logEventsDropped = this.counter(
    'log_events_dropped_total',
    'Log lines dropped because there were too many of one event',
  );
  readonly malformed = this.counter('malformed_frames_total', 'Frames that could not be read');
  readonly jwksFetches = this.counter('jwks_fetches_total', 'Fetches of JWKS_URL');
  readonly jwksFailures = this.counter(
    'jwks_failures_total',
    'Fetches of JWKS_URL that failed or returned no usable key',
  );
  readonly spansDropped = this.counter(
    'trace_spans_dropped_total',
    'Spans that were not delivered to the trace collector',
  );
  readonly spansWaiting = this.gauge('trace_spans_waiting', 'Spans waiting to be sent to the trace collector');
  readonly connections = this.gauge('connections', 'Open sockets of this process');
  readonly sessions = this.gauge('sessions', 'Sessions connected to this process');
  readonly subscriptions = this.gauge('subscriptions', 'Subscriptions of the sessions connected to this process');
  readonly acceptSeconds = this.times('accept_seconds', 'Time from the start of an accept request to its answer', []);
  readonly timeToAckSeconds = this.times(
    'time_to_ack_seconds',
    'Time from the first send of a notification to its ack',
    ['priority', 'policy'],
  );

  private readonly deadTotal = this.family('dead_total', 'Deliveries dead-lettered, by reason', ['reason']);
  private readonly receivedTotal = this.family('frames_received_total', 'Frames received from clients, by event', [
    'event',
  ]);
  private readonly receivedOther = this.receivedTotal.child({ event: 'other' });
  private readonly received: ReadonlyMap<string, Tally> = new Map(
    Object.keys(CLIENT_DATA).map((event) => [event, this.receivedTotal.child({ event })]),
  );
  private readonly frameErrorsTotal = this.family('frame_errors_total', 'Frames refused, by error code', ['code']);
  private readonly closedTotal = this.family('closed_total', 'Sockets closed, by close code', ['code']);
  private readonly admissionRefusedTotal = this.family(
    'admission_refused_total',
    'Notifications refused because a limit is nearly reached',
    ['priority'],
  );
  private readonly limitedTotal = this.family('limited_total', 'Requests, sockets and frames refused by a limit', [
    'limit',
  ]);

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.beginAtZero();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.peers?.leave();
  }

  /** Answer of `GET /metrics`: the sum of all processes of this machine. */
  async text(): Promise<string> {
    const counted = this.peers?.sum() ?? this.registry.metrics();
    return `${await counted}\n${await this.installation.metrics()}`;
  }

  dead(reason: DeadReason): Tally {
    return this.deadTotal.child({ reason });
  }

  get deadSum(): number {
    return this.deadTotal.sum;
  }

  closed(code: number): Tally {
    return this.closedTotal.child({ code: COUNTED_CLOSE_CODES.includes(code) ? String(code) : 'other' });
  }

  frameReceived(event: string): Tally {
    return this.received.get(event) ?? this.receivedOther;
  }

  frameError(code: ErrorCode): Tally {
    return this.frameErrorsTotal.child({ code });
  }

  limited(limit: Limit): Tally {
    return this.limitedTotal.child({ limit });
  }

  admissionRefused(priority: Priority): Tally {
    return this.admissionRefusedTotal.child({ priority });
  }

  refused(code: ErrorCode): Tally {
    return this.acceptRefused.child({ code, status: String(ERRORS[code].status) });
  }

  /**
   * Registers a gauge that is read at each scrape.
   * @param of how to combine the values of several processes: their sum, the largest or the
   * smallest; or, for a metric of the whole installation, the value of the process that was asked.
   */
  sampled(name: string, help: string, read: () => number | Promise<number>, of: SampleOf = 'sum'): void {
    this.sampledRows([], name, help, async () => [[{}, await read()]], of);
  }

  /** Like `sampled`, with one value for each of a fixed set of labels. */
  sampledBy(
    label: string,
    name: string,
    help: string,
    read: () => Readonly<Record<string, number>>,
    of: SampleOf = 'sum',
  ): void {
    const rows = (): Row<string>[] => Object.entries(read()).map(([value, number]) => [{ [label]: value }, number]);
    this.sampledRows([label], name, help, rows, of);
  }

  /** Like `sampled`, with one row for each existing set of labels. */
  sampledRows<L extends string>(
    labelNames: readonly L[],
    name: string,
    help: string,
    read: () => readonly Row<L>[] | Promise<readonly Row<L>[]>,
    of: SampleOf = 'sum',
  ): void {
    new Gauge({
      name: `postrider_${name}`,
      help,
      labelNames,
      registers: [of === 'installation' ? this.installation : this.registry],
      ...((of === 'max' || of === 'min') && { aggregator: of }),
      async collect() {
        const rows = await read();
        this.reset();
        for (const [labels, value] of rows) this.set(labels, value);
      },
    });
  }

  counter(name: string, help: string): Counter {
    return new Counter({ name: `postrider_${name}`, help, registers: [this.registry] });
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `postrider_${name}`, help, registers: [this.registry] });
  }

  /** Counter with labels; callers keep its children. */
  family<L extends string>(name: string, help: string, labels: readonly L[]): CounterFamily<L> {
    return new CounterFamily(this.registry, `postrider_${name}`, help, labels);
  }

  /** Histogram of seconds with labels; callers keep its children. */
  times<L extends string>(name: string, help: string, labels: readonly L[]): HistogramFamily<L> {
    return new HistogramFamily(this.registry, `postrider_${name}`, help, labels, SECONDS);
  }

  /** Creates all children, since a counter that appears with its first event has no rate for it. */
  private beginAtZero(): void {
    for (const reason of DEAD_REASONS) this.dead(reason);
    for (const code of [...COUNTED_CLOSE_CODES, 0]) this.closed(code);
    for (const code of CODES) {
      this.refused(code);
      this.frameError(code);
    }
    for (const limit of LIMITS) this.limited(limit);
    for (const priority of PRIORITIES) {
      this.admissionRefused(priority);
      for (const policy of ACK_POLICIES) this.timeToAckSeconds.child({ priority, policy });
    }
  }
}
