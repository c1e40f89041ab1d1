import { Module } from '@nestjs/common';
import { QueueModule } from '../queue/queue.module.js';
import { PublishModule } from './publish.module.js';
import { Releaser } from './releaser.js';
import { ReleaseProcessor } from './release.processor.js';

/** Publishes scheduled notifications when they are due. */
@Module({ imports: [QueueModule, PublishModule], providers: [Releaser, ReleaseProcessor] })
export class ReleaseModule {}
