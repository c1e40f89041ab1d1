import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { NotificationStatus } from '../contract/notification-answers.schema.js';
import type { Receipt, ReceiptsPage, TimelinePage } from '../contract/receipt-answers.schema.js';
import { decodeCursor, encodeCursor } from '../contract/page.js';
import type { ReceiptsQuery } from '../contract/query.schema.js';
import { SessionStore } from '../session/session-store.js';
import { ReceiptsService } from '../topic/receipts.service.js';
import { topicOf } from '../topic/topic-namespaces.js';
import { NotificationFinder } from './notification-finder.js';
import { statusOf } from './notification-status.js';
import { timelineOf } from './notification-timeline.js';

const receiptsCursor = z.tuple([z.int().min(0), z.string()]);

/** Answers status, receipts and timeline of notifications. */
@Injectable()
export class NotificationQueries {
  constructor(
    private readonly finder: NotificationFinder,
    private readonly receiptsOf: ReceiptsService,
    private readonly sessions: SessionStore,
  ) {}

  /** @throws PostriderError `notification_not_found`. */
  async status(app: string, id: string): Promise<NotificationStatus> {
    return statusOf(id, await this.finder.find(app, id));
  }

  /**
   * Events of a notification, oldest first.
   * @throws PostriderError `notification_not_found`.
   */
  async timeline(app: string, id: string): Promise<TimelinePage> {
    return { items: timelineOf(await this.finder.find(app, id)), next: null };
  }

  /** Receipts of sessions that still exist, by target and then by session id. */
  async receipts(app: string, id: string, { state, limit, cursor }: ReceiptsQuery): Promise<ReceiptsPage> {
    const { deliveries } = await this.finder.find(app, id);
    let [index, after] = cursor === undefined ? [0, ''] : decodeCursor(cursor, receiptsCursor);
    const items: Receipt[] = [];
    for (; index < deliveries.length; index++, after = '') {
      const delivery = deliveries[index];
      if (!delivery) break;
      const page = await this.receiptsOf.recipients(id, delivery, after, limit - items.length + 1, state);
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
}
