import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { PostriderError } from '../contract/postrider-error.js';
import { decodeCursor, encodeCursor } from '../contract/page.js';
import { EventLogger } from '../observability/event-logger.js';
import { type TraceContext, Tracing } from '../observability/tracing.js';
import { RedisClock } from '../clock/redis-clock.js';
import { SessionStore } from '../session/session-store.js';
import { isNotificationId, kindOf } from '../contract/notification-id.js';
import { type Delivery, ReceiptsService } from '../topic/receipts.service.js';
import { TopicAlarms } from '../topic/topic-alarms.js';
import { TopicLog } from '../topic/topic-log.js';
import { appOf, qualified, topicOf } from '../topic/topic-namespaces.js';
import type {
  Cancelled,
  NotificationState,
  NotificationStatus,
  Receipt,
  ReceiptsPage,
  TimelinePage,
} from '../contract/answer.schema.js';
import type { DraftNotes } from '../publish/notification-draft.js';
import { NotificationStore, type StoredNotification } from '../publish/notification-store.js';
import { timelineOf } from './notification-timeline.js';
import type { ReceiptsQuery } from '../contract/query.schema.js';

const receiptsCursor = z.tuple([z.int().min(0), z.string()]);

/** A notification as found: its deliveries, and its record where it has one of its own. */
export interface Found {
  readonly deliveries: readonly Delivery[];
  readonly stored?: StoredNotification;
}

/** How far notifications are, who has acknowledged them, and their cancelling. */
@Injectable()
export class NotificationQueries {
  private readonly logger = new EventLogger(NotificationQueries.name);

  constructor(
    private readonly receiptsService: ReceiptsService,
    private readonly store: NotificationStore,
    private readonly log: TopicLog,
    private readonly sessions: SessionStore,
    private readonly alarms: TopicAlarms,
    private readonly clock: RedisClock,
    private readonly tracing: Tracing,
  ) {}

  /** @throws PostriderError `notification_not_found`. */
  async status(app: string, id: string): Promise<NotificationStatus> {
    return statusOf(id, await this.find(app, id));
  }

  /** What happened to it, oldest first. @throws PostriderError `notification_not_found`. */
  async timeline(app: string, id: string): Promise<TimelinePage> {
    return { items: timelineOf(await this.find(app, id)), next: null };
  }

  /** Recipients whose session still lives, target by target, by session id. */
  async receipts(app: string, id: string, { state, limit, cursor }: ReceiptsQuery): Promise<ReceiptsPage> {
    const { deliveries } = await this.find(app, id);
    let [index, after] = cursor === undefined ? [0, ''] : decodeCursor(cursor, receiptsCursor);
    const items: Receipt[] = [];
    for (; index < deliveries.length; index++, after = '') {
      const delivery = deliveries[index];
      if (!delivery) break;
      const page = await this.receiptsService.recipients(id, delivery, after, limit - items.length + 1, state);
      const records = await this.sessions.find(page.map(({ session }) => session));
      page.forEach((recipient, at) => {
        const user = recipient.user ?? records[at]?.user;
        items.push({ topic: topicOf(delivery.name), ...recipient, ...(user !== undefined && { user }) });
      });
      if (items.length > limit) {
        items.length = limit;
        const last = items[limit - 1];
        const position = last?.topic === topicOf(delivery.name) ? last.session : '';
        return { items, next: encodeCursor([index, position]) };
      }
    }
    return { items, next: null };
  }

  /**
   * @param parent the span of the request.
   * @throws PostriderError `notification_not_found`, or `too_late` where there is nothing left to cancel.
   */
  async cancel(app: string, id: string, parent?: TraceContext): Promise<Cancelled> {
    const found = await this.find(app, id);
    const attributes = { 'messaging.message.id': id };
    const span = this.tracing.start('cancel', { parent, link: notesOf(found).trace, attributes });
    try {
      return await this.cancelFound(app, id, found);
    } finally {
      span?.end();
    }
  }

  private async cancelFound(app: string, id: string, { deliveries, stored }: Found): Promise<Cancelled> {
    if (stored?.state === 'scheduled' && (await this.store.move(id, 'cancel')) === 'cancelled') {
      const topics = stored.draft.topics.length;
      this.logger.event('notification_cancelled', { app, notification: id, topics });
      return { id, state: 'cancelled', cancelled: topics, kept: 0 };
    }
    const outcomes = await Promise.all(deliveries.map(({ name }) => this.log.cancel(id, name)));
    const cancelled = outcomes.filter((outcome) => outcome === 'cancelled').length;
    if (cancelled === 0) {
      throw new PostriderError('too_late', 'It has been acknowledged or has ended: there is nothing left to cancel.');
    }
    const { state } = await this.status(app, id);
    return { id, state, cancelled, kept: outcomes.length - cancelled };
  }

  private async find(app: string, id: string): Promise<Found> {
    const found = isNotificationId(id) ? await this.loadInTime(app, id) : undefined;
    if (!found)
      throw new PostriderError('notification_not_found', 'There is no such notification, or it ended long ago.');
    return found;
  }

  /** The sweep may not have come by yet; whoever asks shall not see a pending one that is past its time. */
  private async loadInTime(app: string, id: string): Promise<Found | undefined> {
    const found = await this.load(app, id);
    const now = this.clock.now();
    const late = found?.deliveries.filter(({ state, expiresAtMs }) => state === 'pending' && expiresAtMs <= now) ?? [];
    if (late.length === 0) return found;
    await this.alarms.expire(late.map(({ name }) => ({ id, name })));
    return this.load(app, id);
  }

  private async load(app: string, id: string): Promise<Found | undefined> {
    if (kindOf(id) === 's') {
      const delivery = await this.receiptsService.onlyDelivery(id);
      return delivery && appOf(delivery.name) === app ? { deliveries: [delivery] } : undefined;
    }
    const stored = await this.store.find(id);
    if (!stored || stored.draft.app !== app) return undefined;
    const deliveries = await Promise.all(
      stored.draft.topics.map((topic) => this.receiptsService.delivery(id, qualified(app, topic))),
    );
    const found = deliveries.filter((delivery) => delivery !== undefined);
    return found.length > 0 || stored.state !== 'accepted' ? { deliveries: found, stored } : undefined;
  }
}

/** A notification's state follows from its deliveries (delivery.md §8). */
function stateOf({ deliveries, stored }: Found): NotificationState {
  if (stored?.state === 'cancelled') return 'cancelled';
  if (stored && stored.state !== 'accepted' && deliveries.length === 0) return 'scheduled';
  const has = (state: Delivery['state']): boolean => deliveries.some((delivery) => delivery.state === state);
  if (has('pending') || has('unguarded')) return 'accepted';
  if (has('dead')) return 'dead';
  if (has('expired')) return 'expired';
  return has('acked') ? 'acknowledged' : 'cancelled';
}

function statusOf(id: string, found: Found): NotificationStatus {
  const { deliveries, stored } = found;
  const state = stateOf(found);
  const [first] = deliveries;
  const draft = stored?.draft;
  const notes = notesOf(found);
  const sum = (count: (delivery: Delivery) => number): number =>
    deliveries.reduce((total, delivery) => total + count(delivery), 0);
  const refused = sum((delivery) => delivery.refused);
  const left = sum((delivery) => delivery.left);
  const createdAtMs = draft?.createdAtMs ?? first?.createdAtMs ?? 0;
  const scheduled = draft !== undefined && draft.releaseAtMs > draft.createdAtMs;
  const history = [{ state: scheduled ? 'scheduled' : 'accepted', at: timeText(createdAtMs) }];
  if (scheduled && first) history.push({ state: 'accepted', at: timeText(first.createdAtMs) });
  const endedAtMs = stored?.state === 'cancelled' ? stored.endedAtMs : lastEnd(deliveries);
  if (state !== 'accepted' && state !== 'scheduled' && endedAtMs) history.push({ state, at: timeText(endedAtMs) });
  return {
    id,
    state,
    type: draft?.type ?? first?.type ?? '',
    createdAt: timeText(createdAtMs),
    expiresAt: timeText(draft?.expiresAtMs ?? first?.expiresAtMs ?? 0),
    ...(scheduled && { deliverAt: timeText(draft.releaseAtMs) }),
    targets:
      deliveries.length > 0
        ? deliveries.map(({ name, offset, epoch, online }) => ({ topic: topicOf(name), offset, epoch, online }))
        : (draft?.topics ?? []).map((topic) => ({ topic })),
    recipients: {
      total: sum(({ total }) => total),
      acked: sum(({ acked }) => acked),
      pending: sum(({ pending }) => pending),
      ...(refused > 0 && { refused }),
      ...(left > 0 && { left }),
    },
    attempts: Math.max(0, ...deliveries.map(({ attempts }) => attempts)),
    history,
    ...(notes.metadata && { metadata: notes.metadata }),
    ...(notes.replayOf !== undefined && { replayOf: notes.replayOf }),
    ...(notes.correlationId !== undefined && { correlationId: notes.correlationId }),
    ...(notes.trace && { traceparent: notes.trace.traceparent }),
  };
}

function notesOf({ deliveries: [first], stored }: Found): DraftNotes {
  // Written by `appendOf`.
  return stored?.draft ?? (first?.metadata ? (JSON.parse(first.metadata) as DraftNotes) : {});
}

const timeText = (ms: number): string => new Date(ms).toISOString();

function lastEnd(deliveries: readonly Delivery[]): number {
  return Math.max(0, ...deliveries.map(({ endedAtMs }) => endedAtMs ?? 0));
}
