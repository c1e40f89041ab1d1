import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { MAIL } from './mail.js';
import { MailProcessor } from './mail-processor.js';
import { Outbox } from './outbox.js';

/** Without a configuration of its own, the queue would be one of Postrider's connection and prefix. */
const ACME = 'acme';

@Module({
  imports: [
    BullModule.forRootAsync(ACME, {
      useFactory: () => ({ connection: { url: process.env['ACME_REDIS_URL'] }, prefix: '{acme}' }),
    }),
    BullModule.registerQueue({ name: MAIL, configKey: ACME }),
  ],
  providers: [MailProcessor, Outbox],
  exports: [BullModule],
})
export class MailModule {}
