import { Injectable } from '@nestjs/common';
import type { Cancelled } from '../contract/notification-answers.schema.js';
import { PostriderError } from '../contract/postrider-error.js';
import { EventLogger } from '../observability/event-logger.js';
import { type TraceContext, Tracing } from '../observability/tracing.js';
import { NotificationStore } from '../publish/notification-store.js';
import { TopicLog } from '../topic/topic-log.js';
import { type FoundNotification, NotificationFinder } from './notification-finder.js';
import { notesOf, statusOf } from './notification-status.js';

/** Cancels notifications. */
@Injectable()
export class NotificationCanceller {
  private readonly logger = new EventLogger(NotificationCanceller.name);

  constructor(
    private readonly finder: NotificationFinder,
    private readonly store: NotificationStore,
    private readonly log: TopicLog,
    private readonly tracing: Tracing,
  ) {}

  /**
   * Cancels the unacknowledged deliveries.
   * @param parent span of the request.
   * @throws PostriderError `notification_not_found`, or `too_late` if nothing is left to cancel.
   */
  async cancel(app: string, id: string, parent?: TraceContext): Promise<Cancelled> {
    const found = await this.finder.find(app, id);
    const attributes = { 'messaging.message.id': id };
    const span = this.tracing.start('cancel', { parent, link: notesOf(found).trace, attributes });
    try {
      return await this.cancelFound(app, id, found);
    } finally {
      span?.end();
    }
  }

  private async cancelFound(app: string, id: string, { deliveries, stored }: FoundNotification): Promise<Cancelled> {
    if (stored?.state === 'scheduled' && (await this.store.move(id, 'cancel')) === 'cancelled') {
      const topics = stored.draft.topics.length;
      this.logger.event('notification_cancelled', { app, notification: id, topics });
      return { id, state: 'cancelled', cancelled: topics, kept: 0 };
    }
    const outcomes = await Promise.all(deliveries.map(({ name }) => this.log.cancel(id, name)));
    const cancelled = outcomes.filter((outcome) => outcome === 'cancelled').length;
    if (cancelled === 0) {
      throw new PostriderError('too_late', 'It was acknowledged or has ended: there is nothing left to cancel.');
    }
    const { state } = statusOf(id, await this.finder.find(app, id));
    return { id, state, cancelled, kept: outcomes.length - cancelled };
  }
}
