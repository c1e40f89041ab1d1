import { Injectable } from '@nestjs/common';
import { type Accepted, AcceptHook, type NotificationBody, PostriderError, type Publisher } from 'postrider';
import { AuditTrail } from './audit-trail.js';

const INTERNAL_PREFIX = 'internal.';

/**
 * Refuses internal types, adds the publisher to the metadata, and records accepted notifications.
 */
@Injectable()
export class AuditHook extends AcceptHook {
  constructor(private readonly trail: AuditTrail) {
    super();
  }

  override beforeAccept({ name }: Publisher, body: NotificationBody): NotificationBody {
    if (body.type.startsWith(INTERNAL_PREFIX)) {
      throw new PostriderError('forbidden', 'Internal notifications are not pushed. Use another type.', {
        field: 'type',
      });
    }
    return { ...body, metadata: { ...body.metadata, publisher: name } };
  }

  override afterAccept({ name }: Publisher, { type }: NotificationBody, { id }: Accepted): Promise<void> {
    return this.trail.write({ publisher: name, notification: id, type });
  }
}
