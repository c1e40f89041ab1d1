import { Injectable } from '@nestjs/common';
import { RedisClock } from '../clock/redis-clock.js';
import { Metrics } from '../observability/metrics.js';
import { AckCollector } from './ack-collector.js';
import { DeliverySpans } from './delivery-spans.js';
import type { Flight } from './in-flight.js';
import type { Subscription, SubscriptionEvents } from './subscription.js';

/** Counts, traces and stores the events of all subscriptions of this node. */
@Injectable()
export class DeliveryObserver implements SubscriptionEvents {
  constructor(
    private readonly acks: AckCollector,
    private readonly clock: RedisClock,
    private readonly spans: DeliverySpans,
    private readonly metrics: Metrics,
  ) {}

  opened(): void {
    this.metrics.subscriptions.inc();
  }

  closed(): void {
    this.metrics.subscriptions.dec();
  }

  delivered(subscription: Subscription, flight: Flight): void {
    if (flight.attempt === 1 && subscription.feed.observed) this.metrics.delivered.inc();
    if (flight.trace !== undefined) this.spans.delivered(subscription, flight);
  }

  gapped({ feed }: Subscription): void {
    if (feed.observed) this.metrics.gaps.inc();
  }

  passed(subscription: Subscription): void {
    this.acks.pass(subscription);
  }

  resent(subscription: Subscription, flight: Flight): void {
    this.acks.resent(subscription, flight);
  }

  exhausted(subscription: Subscription, flight: Flight): void {
    this.acks.exhausted(subscription, flight);
  }

  earliest(): number {
    return this.clock.earliest();
  }
}
