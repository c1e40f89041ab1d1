import { Injectable } from '@nestjs/common';
import { ERRORS, type ErrorCode } from '../contract/postrider-error.js';
import type { CounterFamily } from '../observability/counter-family.js';
import type { Times } from '../observability/histogram-family.js';
import { Metrics } from '../observability/metrics.js';
import { ConnectionRegistry } from './connection-registry.js';

/** Accepted, refused with a code, or the client left before it was decided. */
export type HandshakeOutcome = 'accepted' | 'aborted' | ErrorCode;

const OUTCOMES: readonly HandshakeOutcome[] = ['accepted', 'aborted', ...(Object.keys(ERRORS) as ErrorCode[])];

/** Sums over the sockets of this node at one moment. */
interface Held {
  windowFull: number;
  behind: number;
  unsentBytes: number;
  mostUnsentBytes: number;
  mostSubscriptions: number;
  paused: number;
  nacked: number;
}

/** Metrics of handshakes and sockets. The latter are summed up when Prometheus asks, so that nothing has to be counted while they work. */
@Injectable()
export class GatewayMetrics {
  private readonly handshakes: CounterFamily<'outcome'>;
  private readonly handshakeTimes: Times;
  private held?: Held;

  constructor(
    private readonly connections: ConnectionRegistry,
    metrics: Metrics,
  ) {
    this.handshakes = metrics.family('handshakes_total', 'Requests for a socket by what they came to', ['outcome']);
    this.handshakeTimes = metrics.times('handshake_seconds', 'From a request for a socket to its answer', []).child({});
    for (const outcome of OUTCOMES) this.handshakes.child({ outcome });
    const gauge = (name: string, help: string, field: keyof Held, of: 'sum' | 'max' = 'sum'): void =>
      metrics.sampled(name, help, () => this.look()[field], of);
    gauge('subscriptions_window_full', 'Subscriptions that wait for an ack', 'windowFull');
    gauge('subscriptions_behind', 'Subscriptions that were not sent all there is', 'behind');
    gauge('unsent_bytes', 'Frames that sockets have not taken yet', 'unsentBytes');
    gauge('unsent_bytes_max', 'The most that one socket has not taken yet', 'mostUnsentBytes', 'max');
    gauge('session_subscriptions_max', 'The most topics that one session has', 'mostSubscriptions', 'max');
    gauge('nacked_in_flight', 'Notifications that come again to their socket after a nack', 'nacked');
    gauge(
      'sockets_paused',
      'Sockets that are not read for now: too many requests are unanswered, or they sent too many frames',
      'paused',
    );
    const perUser = (): number => connections.mostOfOneUser;
    metrics.sampled('user_connections_max', 'The most sockets that one user has', perUser, 'max');
    const draining = (): number => (connections.isDraining ? connections.all.size : 0);
    metrics.sampled('draining_sockets', 'Sockets that a stopping process has still to send away', draining);
  }

  handshake(outcome: HandshakeOutcome, seconds: number): void {
    this.handshakes.child({ outcome }).inc();
    this.handshakeTimes.observe(seconds);
  }

  /** One for all metrics of a scrape, which are read in one turn of the event loop. */
  private look(): Held {
    if (!this.held) {
      this.held = this.count();
      setImmediate(() => (this.held = undefined));
    }
    return this.held;
  }

  private count(): Held {
    const held = {
      windowFull: 0,
      behind: 0,
      unsentBytes: 0,
      mostUnsentBytes: 0,
      mostSubscriptions: 0,
      paused: 0,
      nacked: 0,
    };
    for (const { topics, unsentBytes, isPaused } of this.connections.all) {
      for (const { isFull, isBehind, nacked } of topics?.subscriptions.values() ?? []) {
        held.nacked += nacked;
        if (isFull) held.windowFull++;
        if (isBehind) held.behind++;
      }
      held.unsentBytes += unsentBytes;
      held.mostUnsentBytes = Math.max(held.mostUnsentBytes, unsentBytes);
      held.mostSubscriptions = Math.max(held.mostSubscriptions, topics?.subscriptions.size ?? 0);
      if (isPaused) held.paused++;
    }
    return held;
  }
}
