import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { MAIL } from './mail.js';
import { MailProcessor } from './mail-processor.js';
import { Outbox } from './outbox.js';

/**
 * Key of Acme's own BullMQ configuration. Without it, the queue would use Postrider's connection
 * and prefix.
 */
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
