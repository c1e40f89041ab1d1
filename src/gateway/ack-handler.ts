import { Injectable } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';
import type { Times } from '../observability/histogram-family.js';
import { Metrics } from '../observability/metrics.js';
import { DELIVERY_KINDS } from '../topic/entry-codec.js';
import { AckCollector } from '../delivery/ack-collector.js';
import { type AckData, type CumulativeAck, type SelectiveAck, readAck, readNack } from '../contract/client-frames.js';
import type { StoreOutcome } from '../delivery/collected-acks.js';
import type { Answer } from './answer-queue.js';
import { type Connection, errorData } from './connection.js';
import { DeliverySpans } from '../delivery/delivery-spans.js';
import type { FrameId } from '../contract/client-frames.js';
import { HeldAcks } from '../delivery/held-acks.js';
import type { Flight } from '../delivery/in-flight.js';
import { NackCollector } from '../delivery/nack-collector.js';
import type { Subscription } from '../delivery/subscription.js';

/** Minimum delay, so that nacks cannot loop at wire speed. */
const MIN_NACK_DELAY_MS = 100;

/** Handles acks and nacks, the frames that are as frequent as notifications. */
@Injectable()
export class AckHandler {
  private readonly times: readonly Times[];
  private readonly held = new HeldAcks();

  constructor(
    private readonly settings: DeliverySettings,
    private readonly collector: AckCollector,
    private readonly nacks: NackCollector,
    private readonly metrics: Metrics,
    private readonly spans: DeliverySpans,
  ) {
    this.times = DELIVERY_KINDS.map((kind) => metrics.timeToAckSeconds.child(kind));
  }

  /**
   * Handles an ack and answers once it is stored, if the client gave an `id`.
   * @param reserved place of the answer, if it already has one.
   */
  ack(connection: Connection, data: unknown, id?: FrameId, reserved?: Answer): void {
    const ack = readAck(data);
    const subscription = subscriptionOf(connection, ack.topic);
    if (isVoid(connection, subscription)) return this.refuse(connection, id, reserved);
    if ('offset' in ack) this.ackUpTo(connection, subscription, ack, id, reserved);
    else this.ackOnly(connection, subscription, ack, id, reserved);
  }

  private ackUpTo(
    connection: Connection,
    subscription: Subscription,
    { topic, offset, traceparents }: CumulativeAck,
    id?: FrameId,
    reserved?: Answer,
  ): void {
    requireSeen(subscription, offset, 'offset');
    const onStored =
      id === undefined ? undefined : this.answering(reserved ?? connection.reserve(), { topic, offset }, id);
    const flights = subscription.ackUpTo(offset);
    if (subscription.feed.observed) this.observe(flights);
    if (offset <= subscription.start) return onStored?.('stored');
    const stored = this.spans.acknowledging(subscription, flights, traceparents, onStored);
    if (!this.held.hold(subscription, offset, stored)) this.collector.upTo(subscription, offset, stored);
  }

  private ackOnly(
    connection: Connection,
    subscription: Subscription,
    { topic, offsets, traceparents }: SelectiveAck,
    id?: FrameId,
    reserved?: Answer,
  ): void {
    requireSeen(subscription, Math.max(...offsets), 'offsets');
    const wanted = offsets.filter((one) => one > subscription.start);
    if (wanted.length > 0) this.collector.requireRoom(subscription.session, wanted.length);
    const onStored =
      id === undefined ? undefined : this.answering(reserved ?? connection.reserve(), { topic, offsets }, id);
    const flights = offsets.flatMap((one) => subscription.ackOnly(one) ?? []);
    if (subscription.feed.observed) this.observe(flights);
    if (wanted.length === 0) return onStored?.('stored');
    this.collector.only(subscription, wanted, this.spans.acknowledging(subscription, flights, traceparents, onStored));
  }

  nack(connection: Connection, data: unknown, id?: FrameId, reserved?: Answer): void {
    const { topic, offset, delayMs, reason, terminate } = readNack(data);
    const subscription = subscriptionOf(connection, topic);
    if (isVoid(connection, subscription)) return this.refuse(connection, id, reserved);
    requireSeen(subscription, offset, 'offset');
    const answer = id === undefined ? undefined : (reserved ?? connection.reserve());
    const confirm = (): void => answer?.('nacked', { topic, offset }, id);
    const flight = subscription.flightOf(offset);
    if (!flight) {
      if (terminate) subscription.forget(offset);
      return confirm();
    }
    const { attempt } = flight;
    const beganMs = performance.now();
    flight.dueAtMs = beganMs + Math.max(MIN_NACK_DELAY_MS, delayMs ?? this.backoff(attempt));
    const again = (): void => subscription.resendAt(offset, flight.dueAtMs ?? beganMs);
    const { name, epoch, landmark } = subscription.feed;
    const { session } = subscription;
    const nack = {
      name,
      epoch,
      session,
      offset,
      terminate: terminate ?? false,
      reason: reason ?? '',
      attempt,
      ...(landmark && { landmark }),
    };
    // Each attempt is refused once. A repeated nack only changes the time of the redelivery.
    if (flight.nacked === attempt && !terminate) {
      if (flight.againAtMs > 0) again();
      if (!this.nacks.isStoring(nack)) return confirm();
      if (!answer) return;
    }
    flight.nacked = attempt;
    if (offset <= subscription.start) {
      if (terminate) subscription.forget(offset);
      else if (attempt < this.settings.maxAttempts) again();
      return confirm();
    }
    const isWanted = (): boolean => !subscription.closed && subscription.flightOf(offset)?.attempt === attempt;
    if (terminate) this.held.refuse(subscription, offset);
    this.nacks.store(nack, isWanted, (outcome) => {
      if (terminate) this.release(subscription, offset);
      if (flight.trace !== undefined) {
        const became = outcome instanceof PostriderError ? outcome.code : outcome;
        this.spans.refused(subscription, { ...flight, attempt }, beganMs, became);
      }
      // After an error, the delivery comes again after the ack wait.
      if (outcome instanceof PostriderError) {
        delete flight.nacked;
        return answer?.('error', this.refusal(outcome, id), id);
      }
      if (outcome === 'stale') subscription.feed.suspect();
      else if (outcome === 'again') again();
      else if (terminate) subscription.forget(offset);
      return confirm();
    });
  }

  /** Stores the acks that waited for a refusal. */
  private release(subscription: Subscription, offset: number): void {
    const held = this.held.release(subscription, offset);
    if (!held) return;
    this.collector.upTo(subscription, held.upTo, (outcome) => {
      for (const onStored of held.waiting) onStored(outcome);
    });
  }

  private observe(flights: readonly Flight[]): void {
    for (const { kind, sentAtMs } of flights) this.times[kind]?.observe((performance.now() - sentAtMs) / 1_000);
  }

  private answering(answer: Answer, acked: AckData, id: FrameId) {
    return (outcome: StoreOutcome): void => {
      if (outcome === 'stored') return answer('acked', acked, id);
      answer('error', this.refusal(REFUSALS[outcome](), id), id);
    };
  }

  private refuse(connection: Connection, id?: FrameId, reserved?: Answer): void {
    if (id !== undefined) (reserved ?? connection.reserve())('error', this.refusal(staleEpoch(), id), id);
    else reserved?.();
  }

  private refusal(error: PostriderError, id?: FrameId): object {
    this.metrics.frameError(error.code).inc();
    return errorData(error, id);
  }

  private backoff(attempt: number): number {
    return Math.min(this.settings.maxBackoffMs, 1_000 * 2 ** (attempt - 1));
  }
}

/** True if the topic got a new epoch of which the client may not know yet. */
const isVoid = (connection: Connection, { closed, topic }: Subscription): boolean =>
  closed || connection.isFenced(topic);

const staleEpoch = (): PostriderError =>
  new PostriderError(
    'stale_epoch',
    'The topic has a new epoch. Wait for `subscribed`: unacknowledged notifications are sent again.',
  );

const notSubscribed = (): PostriderError =>
  new PostriderError('not_subscribed', 'The session is not subscribed to this topic. Subscribe first.', {
    field: 'topic',
  });

/** Errors of acks that Redis did not store. */
const REFUSALS: Readonly<Record<Exclude<StoreOutcome, 'stored'>, () => PostriderError>> = {
  stale: staleEpoch,
  above_head: () =>
    new PostriderError(
      'offset_above_head',
      'The offset is above the head of the topic. Acknowledge only offsets that were received.',
      { field: 'offset' },
    ),
  dropped: () =>
    new PostriderError('internal', 'The ack cannot be stored. Acknowledge the notification when it is redelivered.'),
  not_member: notSubscribed,
};

/** @throws PostriderError `offset_above_head`. */
function requireSeen({ feed: { head } }: Subscription, offset: number, field: 'offset' | 'offsets'): void {
  if (offset <= head) return;
  throw new PostriderError('offset_above_head', `The topic ends at ${head}. Use only offsets that were received.`, {
    field,
  });
}

/** @throws PostriderError `not_subscribed`. */
export function subscriptionOf(connection: Connection, topic: string): Subscription {
  const subscription = connection.topics?.subscriptions.get(topic);
  if (subscription) return subscription;
  throw notSubscribed();
}
