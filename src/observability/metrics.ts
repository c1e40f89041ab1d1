import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { CLOSE_CODES } from '../contract/close-codes.js';
import { CLIENT_DATA } from '../contract/client-frames.js';
import { ERRORS, type ErrorCode } from '../contract/postrider-error.js';
import { ACK_POLICIES, DEAD_REASONS, type DeadReason, PRIORITIES, type Priority } from '../contract/terms.js';
import { CounterFamily, type Tally } from './counter-family.js';
import { HistogramFamily } from './histogram-family.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Labels of what is limited; docs/limits.md explains each. */
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

/** Reserved codes that a socket reports where no close frame came (RFC 6455 §7.4.1). */
const NO_CLOSE_FRAME = [1005, 1006];
/** Every other code is counted as `other`: a client chooses the code with which it closes. */
const COUNTED_CLOSE_CODES = [...Object.keys(CLOSE_CODES).map(Number), ...NO_CLOSE_FRAME];
const CODES = Object.keys(ERRORS) as ErrorCode[];

type SampleOf = 'sum' | 'max' | 'min' | 'installation';
/** A value and the labels that it has. */
export type Row<L extends string> = readonly [labels: Readonly<Record<L, string>>, value: number];

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
export class Metrics implements OnApplicationShutdown {
  readonly registry = new Registry();
  /** Figures of the whole installation, the same whichever process is asked. */
  readonly installation = new Registry();
  peers?: MetricsPeers;

  readonly accepted = this.counter('accepted_total', 'Notifications answered 202');
  readonly acceptRefused = this.family('accept_refused_total', 'Notifications refused or not confirmed', [
    'code',
    'status',
  ]);
  readonly replayed = this.counter('accept_replayed_total', 'Requests answered from their idempotency key');
  readonly delivered = this.counter('delivered_total', 'Notification frames handed to sockets, first attempts');
  readonly redelivered = this.counter('redelivered_total', 'Notification frames handed to sockets again');
  readonly acked = this.counter('acked_total', 'Deliveries acknowledged');
  readonly expired = this.counter('expired_total', 'Deliveries expired');
  readonly cancelled = this.counter('cancelled_total', 'Deliveries cancelled');
  readonly mended = this.counter('mended_total', 'Deliveries that the sweep found without their hint or job');
  readonly schedulesRestored = this.counter(
    'schedules_restored_total',
    'Schedules that were gone from Redis and were restored',
  );
  readonly workersReplaced = this.counter('workers_replaced_total', 'Workers that had gone deaf and were replaced');
  readonly gaps = this.counter('gaps_total', 'Gap frames sent');
  readonly renumbered = this.counter('renumbered_total', 'Topics found diverged after a failover');
  readonly framesSent = this.counter('frames_sent_total', 'Frames handed to sockets');
  readonly sentBytes = this.counter('sent_bytes_total', 'Bytes of frames handed to sockets');
  readonly logEventsDropped = this.counter(
    'log_events_dropped_total',
    'Log lines of outcomes that were not written because there were too many of their kind',
  );
  readonly malformed = this.counter('malformed_frames_total', 'Frames that could not be read');
  readonly jwksFetches = this.counter('jwks_fetches_total', 'Fetches of the keys at JWKS_URL');
  readonly jwksFailures = this.counter('jwks_failures_total', 'Fetches of keys that failed or brought none of use');
  readonly spansDropped = this.counter('trace_spans_dropped_total', 'Spans that the collector of traces did not get');
  readonly spansWaiting = this.gauge('trace_spans_waiting', 'Spans that wait to be sent to the collector of traces');
  readonly connections = this.gauge('connections', 'Open sockets of this process');
  readonly sessions = this.gauge('sessions', 'Sessions held by this process');
  readonly subscriptions = this.gauge('subscriptions', 'Subscriptions held by this process');
  readonly acceptSeconds = this.times('accept_seconds', 'From the start of an accept to its answer', []);
  readonly timeToAckSeconds = this.times('time_to_ack_seconds', 'From the first send of a notification to its ack', [
    'priority',
    'policy',
  ]);

  private readonly deadTotal = this.family('dead_total', 'Deliveries dead-lettered', ['reason']);
  private readonly receivedTotal = this.family('frames_received_total', 'Frames of clients', ['event']);
  private readonly receivedOther = this.receivedTotal.child({ event: 'other' });
  private readonly received: ReadonlyMap<string, Tally> = new Map(
    Object.keys(CLIENT_DATA).map((event) => [event, this.receivedTotal.child({ event })]),
  );
  private readonly frameErrorsTotal = this.family('frame_errors_total', 'Frames that were refused', ['code']);
  private readonly closedTotal = this.family('closed_total', 'Sockets closed, by close code', ['code']);
  private readonly admissionRefusedTotal = this.family(
    'admission_refused_total',
    'Notifications refused because something is nearly full',
    ['priority'],
  );
  private readonly limitedTotal = this.family(
    'limited_total',
    'Requests, sockets and frames beyond a limit, by limit',
    ['limit'],
  );

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.beginAtZero();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.peers?.leave();
  }

  /** What `GET /metrics` answers: of all processes of this machine together. */
  async text(): Promise<string> {
    const counted = this.peers?.sum() ?? this.registry.metrics();
    return `${await counted}\n${await this.installation.metrics()}`;
  }

  /** The counter of dead letters with this reason. */
  dead(reason: DeadReason): Tally {
    return this.deadTotal.child({ reason });
  }

  /** Dead letters of all reasons. */
  get deadSum(): number {
    return this.deadTotal.sum;
  }

  /** The counter of sockets closed with this code. */
  closed(code: number): Tally {
    return this.closedTotal.child({ code: COUNTED_CLOSE_CODES.includes(code) ? String(code) : 'other' });
  }

  /** The counter of frames of clients with this event. */
  frameReceived(event: string): Tally {
    return this.received.get(event) ?? this.receivedOther;
  }

  /** The counter of frames refused with this code. */
  frameError(code: ErrorCode): Tally {
    return this.frameErrorsTotal.child({ code });
  }

  /** The counter of what was beyond this limit. */
  limited(limit: Limit): Tally {
    return this.limitedTotal.child({ limit });
  }

  /** The counter of notifications refused for want of room. */
  admissionRefused(priority: Priority): Tally {
    return this.admissionRefusedTotal.child({ priority });
  }

  /** The counter of notifications refused with this code. */
  refused(code: ErrorCode): Tally {
    return this.acceptRefused.child({ code, status: String(ERRORS[code].status) });
  }

  /**
   * Registers a gauge that is read when Prometheus asks.
   * @param of what becomes of it where several processes answer together: the sum, the largest or the smallest of theirs, or, as a figure of
   *   the whole installation, that of the one that was asked.
   */
  sampled(name: string, help: string, read: () => number | Promise<number>, of: SampleOf = 'sum'): void {
    this.sampledRows([], name, help, async () => [[{}, await read()]], of);
  }

  /** As `sampled`, by a label with a fixed set of values. */
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

  /** As `sampled`, a row for each set of labels that there is. */
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

  /** A counter with labels; whoever counts holds the children. */
  family<L extends string>(name: string, help: string, labels: readonly L[]): CounterFamily<L> {
    return new CounterFamily(this.registry, `postrider_${name}`, help, labels);
  }

  /** A histogram of seconds; whoever observes holds the children. */
  times<L extends string>(name: string, help: string, labels: readonly L[]): HistogramFamily<L> {
    return new HistogramFamily(this.registry, `postrider_${name}`, help, labels, SECONDS);
  }

  /** A counter that appears with its first event has no rate for it. */
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
