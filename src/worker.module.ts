import { Module } from '@nestjs/common';
import { InstallationSamplesModule } from './operators/samples.module.js';
import { ReleaseModule } from './publish/release.module.js';
import { WorkerModule as QueueWorkerModule } from './queue/worker.module.js';

/** Role `worker`: jobs of the queues, and samples after each sweep. */
@Module({ imports: [QueueWorkerModule, ReleaseModule, InstallationSamplesModule] })
export class WorkerModule {}
