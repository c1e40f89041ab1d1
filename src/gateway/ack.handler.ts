import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { PostriderError } from '../errors/postrider.error.js';
import { postriderErrorOf } from '../http/problem.js';
import { Metrics } from '../observability/metrics.js';
import { DELIVERY_KINDS } from '../topic/entry.codec.js';
import { type AckOutcome, type Nack, type NackOutcome, TopicAcks } from '../topic/topic.acks.js';
import { AckCollector } from './ack.collector.js';
import { type AckData, readAck, readNack } from './client.frames.js';
import { type Answer, type Connection, errorData } from './connection.js';
import type { FrameId } from './frame.codec.js';
import type { Flight } from './in.flight.js';
import type { Subscription } from './subscription.js';

/** A nack loop at wire speed must not be possible. */
const MIN_NACK_DELAY_MS = 100;

const unobserved = (): void => undefined;

/** Acks and nacks of clients: the frames that are as frequent as notifications. */
@Injectable()
export class AckHandler {
  private readonly observe: (flight: Flight) => void;

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly collector: AckCollector,
    private readonly acks: TopicAcks,
    private readonly metrics: Metrics,
  ) {
    const times = DELIVERY_KINDS.map((kind) => metrics.timeToAckSeconds.child(kind));
    this.observe = ({ kind, sentAtMs }) => times[kind]?.observe((performance.now() - sentAtMs) / 1000);
  }

  /**
   * Answers after Redis has it, where the client gave an `id`.
   * @param reserved the place of the answer, if it has one already.
   */
  ack(connection: Connection, data: unknown, id?: FrameId, reserved?: Answer): void {
    const { topic, offset, offsets } = readAck(data);
    const subscription = subscriptionOf(connection, topic);
    if (isVoid(connection, subscription)) return this.refuse(connection, id, reserved);
    const { head, counted: observed } = subscription.feed;
    const observe = observed ? this.observe : unobserved;
    if ((offset ?? Math.max(...(offsets ?? []))) > head) {
      throw new PostriderError('offset_above_head', `The topic ends at ${head}.`, {
        field: offset === undefined ? 'offsets' : 'offset',
      });
    }
    const { start } = subscription;
    const counted = offset !== undefined ? offset > start : (offsets ?? []).some((one) => one > start);
    const onStored =
      id === undefined
        ? undefined
        : this.told(
            reserved ?? connection.reserve(),
            { topic, ...(offset === undefined ? { offsets } : { offset }) },
            id,
          );
    if (offset !== undefined) {
      subscription.ackUpTo(offset, observe);
      if (counted) this.collector.upTo(subscription, offset, onStored);
    } else {
      const wanted = (offsets ?? []).filter((one) => one > start);
      for (const one of offsets ?? []) subscription.ackOnly(one, observe);
      if (counted) this.collector.only(subscription, wanted, onStored);
    }
    if (!counted) onStored?.('stored');
  }

  nack(connection: Connection, data: unknown, id?: FrameId, reserved?: Answer): void {
    const { topic, offset, delayMs, reason, terminate } = readNack(data);
    const subscription = subscriptionOf(connection, topic);
    if (isVoid(connection, subscription)) return this.refuse(connection, id, reserved);
    if (offset > subscription.feed.head) {
      throw new PostriderError('offset_above_head', `The topic ends at ${subscription.feed.head}.`, {
        field: 'offset',
      });
    }
    const answer = id === undefined ? undefined : (reserved ?? connection.reserve());
    const attempt = subscription.attemptOf(offset);
    const wait = Math.max(MIN_NACK_DELAY_MS, delayMs ?? this.backoff(attempt ?? 1));
    const confirm = (): void => answer?.('nacked', { topic, offset }, id);
    if (attempt === undefined || offset <= subscription.start) {
      if (terminate) subscription.forget(offset);
      else if (attempt !== undefined && attempt < this.config.maxAttempts) this.later(subscription, offset, wait);
      return confirm();
    }
    const { name, epoch, anchor } = subscription.feed;
    const { session } = subscription;
    const nack = {
      name,
      epoch,
      session,
      offset,
      terminate: terminate ?? false,
      reason: reason ?? '',
      attempt,
      ...(anchor && { witness: anchor }),
    };
    void this.store(nack).then((outcome) => {
      // An error: the session keeps it unacknowledged, so it comes again after the ack wait.
      if (outcome instanceof PostriderError) return answer?.('error', this.refusal(outcome, id), id);
      if (outcome === 'stale') subscription.feed.suspect();
      else if (outcome === 'again') this.later(subscription, offset, wait);
      else if (terminate) subscription.forget(offset);
      return confirm();
    });
  }

  private async store(nack: Nack): Promise<NackOutcome | PostriderError> {
    try {
      return await this.acks.nack(nack);
    } catch (error) {
      return postriderErrorOf(error);
    }
  }

  private told(answer: Answer, acked: AckData, id: FrameId) {
    return (outcome: AckOutcome): void => {
      if (outcome === 'stored') return answer('acked', acked, id);
      const error =
        outcome === 'stale'
          ? staleEpoch()
          : outcome === 'above_head'
            ? new PostriderError('offset_above_head', 'The topic does not reach that far.', { field: 'offset' })
            : new PostriderError('not_subscribed', 'The session is not subscribed to this topic.', { field: 'topic' });
      answer('error', this.refusal(error, id), id);
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

  private later(subscription: Subscription, offset: number, delayMs: number): void {
    setTimeout(() => subscription.resend(offset), delayMs).unref();
  }

  private backoff(attempt: number): number {
    return Math.min(this.config.maxBackoffMs, 1_000 * 2 ** (attempt - 1));
  }
}

/** The topic was given a new numbering, and the client may not know of it yet. */
const isVoid = (connection: Connection, { closed, topic }: Subscription): boolean =>
  closed || connection.isFenced(topic);

const staleEpoch = (): PostriderError =>
  new PostriderError('stale_epoch', 'The topic has a new epoch: what is unacknowledged comes again under it.');

/** @throws PostriderError `not_subscribed`. */
export function subscriptionOf(connection: Connection, topic: string): Subscription {
  const subscription = connection.subscriptions.get(topic);
  if (subscription) return subscription;
  throw new PostriderError('not_subscribed', 'The session is not subscribed to this topic.', { field: 'topic' });
}
