import { Module } from '@nestjs/common';
import { ClockModule } from '../clock/clock.module.js';
import { PublishModule } from '../publish/publish.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { WorkerModule } from '../queue/worker.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { InstallationFigures } from './installation-figures.js';
import { InstallationSampler } from './installation-sampler.js';
import { InstallationMetrics } from './installation-metrics.js';
import { NodeSampler } from './node-sampler.js';
import { SystemTopic } from './system-topic.js';

/** Samples of this process, published to the system topic. */
@Module({ imports: [ClockModule, PublishModule], providers: [SystemTopic, NodeSampler], exports: [SystemTopic] })
export class SamplesModule {}

/** Samples of the whole installation, taken by one worker after a sweep. */
@Module({
  imports: [SamplesModule, RedisModule, TopicModule, QueueModule, WorkerModule],
  providers: [InstallationFigures, InstallationSampler],
})
export class InstallationSamplesModule {}

/** Metrics of the whole installation. */
@Module({ imports: [TopicModule, QueueModule], providers: [InstallationMetrics] })
export class InstallationMetricsModule {}
