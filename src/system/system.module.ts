import { type DynamicModule, Module } from '@nestjs/common';
import { QueueModule } from '../queue/queue.module.js';
import { WorkerModule } from '../queue/worker.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { TopicModule } from '../topic/topic.module.js';
import { ClusterSampler } from './cluster.sampler.js';
import { InstallationMetrics } from './installation.metrics.js';
import { NodeSampler } from './node.sampler.js';
import { SystemTopic } from './system.topic.js';

export interface SystemOptions {
  /** Serve the figures of the whole installation as metrics. */
  api: boolean;
  /** Sample the whole installation. */
  worker: boolean;
}

/** What every process and the installation tell of themselves. Needs `NotificationModule`, which commits it. */
@Module({})
export class SystemModule {
  static register({ api, worker }: SystemOptions): DynamicModule {
    return {
      module: SystemModule,
      imports: [RedisModule, TopicModule, QueueModule, ...(worker ? [WorkerModule] : [])],
      providers: [SystemTopic, NodeSampler, ...(api ? [InstallationMetrics] : []), ...(worker ? [ClusterSampler] : [])],
    };
  }
}
