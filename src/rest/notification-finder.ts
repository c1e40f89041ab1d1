import { Injectable } from '@nestjs/common';
import { RedisClock } from '../clock/redis-clock.js';
import { isNotificationId, kindOf } from '../contract/notification-id.js';
import { PostriderError } from '../contract/postrider-error.js';
import { NotificationStore, type StoredNotification } from '../publish/notification-store.js';
import { type Delivery, ReceiptsService } from '../topic/receipts.service.js';
import { TopicAlarms } from '../topic/topic-alarms.js';
import { appOf, qualified } from '../topic/topic-namespaces.js';

/** Notification with its deliveries, and with its own record if it has one. */
export interface FoundNotification {
  readonly deliveries: readonly Delivery[];
  readonly stored?: StoredNotification;
}

/** Finds notifications by their ids. */
@Injectable()
export class NotificationFinder {
  constructor(
    private readonly receipts: ReceiptsService,
    private readonly store: NotificationStore,
    private readonly alarms: TopicAlarms,
    private readonly clock: RedisClock,
  ) {}

  /** @throws PostriderError `notification_not_found`. */
  async find(app: string, id: string): Promise<FoundNotification> {
    const found = isNotificationId(id) ? await this.loadInTime(app, id) : undefined;
    if (!found)
      throw new PostriderError(
        'notification_not_found',
        'There is no such notification. Check the id: its retention may have ended.',
      );
    return found;
  }

  /**
   * Expires overdue deliveries first, so that none is reported as pending before the sweep has run.
   */
  private async loadInTime(app: string, id: string): Promise<FoundNotification | undefined> {
    const found = await this.load(app, id);
    const now = this.clock.now();
    const late = found?.deliveries.filter(({ state, expiresAtMs }) => state === 'pending' && expiresAtMs <= now) ?? [];
    if (late.length === 0) return found;
    await this.alarms.expire(late.map(({ name }) => ({ id, name })));
    return this.load(app, id);
  }

  private async load(app: string, id: string): Promise<FoundNotification | undefined> {
    if (kindOf(id) === 's') {
      const delivery = await this.receipts.onlyDelivery(id);
      return delivery && appOf(delivery.name) === app ? { deliveries: [delivery] } : undefined;
    }
    const stored = await this.store.find(id);
    if (!stored || stored.draft.app !== app) return undefined;
    const deliveries = await Promise.all(
      stored.draft.topics.map((topic) => this.receipts.delivery(id, qualified(app, topic))),
    );
    const found = deliveries.filter((delivery) => delivery !== undefined);
    return found.length > 0 || stored.state !== 'accepted' ? { deliveries: found, stored } : undefined;
  }
}
