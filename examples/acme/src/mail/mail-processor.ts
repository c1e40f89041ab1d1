import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { MAIL, type Mail } from './mail.js';
import { Outbox } from './outbox.js';

/** Sends the queued mails. */
@Processor({ name: MAIL, configKey: 'acme' })
export class MailProcessor extends WorkerHost {
  constructor(private readonly outbox: Outbox) {
    super();
  }

  async process({ data }: Job<Mail>): Promise<void> {
    this.outbox.send(data);
  }
}
