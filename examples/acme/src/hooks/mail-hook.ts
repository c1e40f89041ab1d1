import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { type Accepted, AcceptHook, type NotificationBody, type Publisher } from 'postrider';
import { MAIL, type Mail } from '../mail/mail.js';

/** Queues a mail for each shipped order. */
@Injectable()
export class MailHook extends AcceptHook {
  constructor(@InjectQueue(MAIL) private readonly queue: Queue<Mail>) {
    super();
  }

  override async afterAccept(_publisher: Publisher, { type, to }: NotificationBody, { id }: Accepted): Promise<void> {
    if (type !== 'order.shipped' || to.user === undefined) return;
    // A retry of the request has the same id, so it queues no second mail.
    await this.queue.add(type, { user: to.user, notification: id }, { jobId: id });
  }
}
