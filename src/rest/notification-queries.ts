import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { NotificationStatus } from '../contract/notification-answers.schema.js';
import type { Receipt, ReceiptsPage, TimelinePage } from '../contract/receipt-answers.schema.js';
import type { RecipientState } from '../contract/terms.js';
import { decodeCursor, encodeCursor } from '../contract/page.js';
import type { ReceiptsQuery } from '../contract/query.schema.js';
import { SessionStore } from '../session/session-store.js';
import { type Delivery, type PlacedRecipient, ReceiptsService } from '../topic/receipts.service.js';
import { topicOf } from '../topic/topic-namespaces.js';
import { NotificationFinder } from './notification-finder.js';
import { statusOf } from './notification-status.js';
import { timelineOf } from './notification-timeline.js';

/** Target, and place in it as `RecipientsPage` gives it. */
const receiptsCursor = z.tuple([z.int().min(0), z.string().regex(/^$|^m \d+ \S+$|^r \S+$/)]);

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

  /** Receipts by target, and then in the order in which its sessions joined. */
  async receipts(app: string, id: string, { state, limit, cursor }: ReceiptsQuery): Promise<ReceiptsPage> {
    const { deliveries } = await this.finder.find(app, id);
    let [index, after] = cursor === undefined ? [0, ''] : decodeCursor(cursor, receiptsCursor);
    const items: Receipt[] = [];
    for (; index < deliveries.length; index++, after = '') {
      const delivery = deliveries[index];
      if (!delivery) break;
      const before = items.length;
      const found = await this.recipients(id, delivery, after, limit - before + 1, state);
      const kept = found.slice(0, limit - before);
      items.push(...(await this.receiptsIn(delivery, kept)));
      if (found.length > kept.length) {
        return { items, next: encodeCursor([index, kept.at(-1)?.place ?? after]) };
      }
    }
    return { items, next: null };
  }

  /** Up to `most` recipients, with as many calls as they take: each looks at a bounded number. */
  private async recipients(
    id: string,
    delivery: Delivery,
    after: string,
    most: number,
    state?: RecipientState,
  ): Promise<PlacedRecipient[]> {
    const found: PlacedRecipient[] = [];
    let from = after;
    do {
      const page = await this.receiptsOf.recipients(id, delivery, from, most - found.length, state);
      found.push(...page.items);
      from = page.next;
    } while (from !== '' && found.length < most);
    return found;
  }

  private async receiptsIn({ name }: Delivery, recipients: readonly PlacedRecipient[]): Promise<Receipt[]> {
    const records = await this.sessions.find(recipients.map(({ session }) => session));
    return recipients.map(({ place: _place, ...recipient }, at) => {
      const user = recipient.user ?? records[at]?.user;
      return { topic: topicOf(name), ...recipient, ...(user !== undefined && { user }) };
    });
  }
}
