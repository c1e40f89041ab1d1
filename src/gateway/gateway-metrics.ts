import { Injectable } from '@nestjs/common';
import { ERRORS, type ErrorCode } from '../contract/postrider-error.js';
import type { Tally } from '../observability/counter-family.js';
import type { Times } from '../observability/histogram-family.js';
import { Metrics } from '../observability/metrics.js';
import { ConnectionRegistry } from './connection-registry.js';

/** Outcome of a handshake: accepted, an error code, or aborted by the client. */
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

/**
 * Metrics of handshakes and sockets. Those of sockets are summed up at each scrape, so that nothing
 * has to be counted in between.
 */
@Injectable()
export class GatewayMetrics {
  private readonly handshakes: ReadonlyMap<HandshakeOutcome, Tally>;
  private readonly handshakeTimes: Times;
  private held?: Held;

  constructor(
    private readonly connections: ConnectionRegistry,
    metrics: Metrics,
  ) {
    const handshakes = metrics.family('handshakes_total', 'Handshakes by outcome', ['outcome']);
    this.handshakes = new Map(OUTCOMES.map((outcome) => [outcome, handshakes.child({ outcome })]));
    this.handshakeTimes = metrics
      .times('handshake_seconds', 'Time from a handshake request to its answer', [])
      .child({});
    const gauge = (name: string, help: string, field: keyof Held, of: 'sum' | 'max' = 'sum'): void =>
      metrics.sampled(name, help, () => this.look()[field], of);
    gauge('subscriptions_window_full', 'Subscriptions with a full window, waiting for an ack', 'windowFull');
    gauge('subscriptions_behind', 'Subscriptions with entries that were not sent yet', 'behind');
    gauge('unsent_bytes', 'Bytes of frames not yet taken by their sockets', 'unsentBytes');
    gauge('unsent_bytes_max', 'Bytes not yet taken by the slowest socket', 'mostUnsentBytes', 'max');
    gauge('session_subscriptions_max', 'Highest number of topics of one session', 'mostSubscriptions', 'max');
    gauge('nacked_in_flight', 'Notifications waiting for redelivery after a nack', 'nacked');
    gauge(
      'sockets_paused',
      'Sockets not being read, because too many requests are unanswered or too many frames were sent',
      'paused',
    );
    const perUser = (): number => connections.mostOfOneUser;
    metrics.sampled('user_connections_max', 'Highest number of sockets of one user', perUser, 'max');
    const draining = (): number => (connections.isDraining ? connections.all.size : 0);
    metrics.sampled('draining_sockets', 'Sockets that a draining process still has to close', draining);
  }

  handshake(outcome: HandshakeOutcome, seconds: number): void {
    this.handshakes.get(outcome)?.inc();
    this.handshakeTimes.observe(seconds);
  }

  /** Shared by all metrics of a scrape, which are read in one turn of the event loop. */
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
