import { Module } from '@nestjs/common';
import { InstallationSamplesModule } from './operators/samples.module.js';
import { ReleaseModule } from './publish/release.module.js';
import { WorkerModule as QueueWorkerModule } from './queue/worker.module.js';

/** The role `worker`: jobs of the queues, and what follows a repair. */
@Module({ imports: [QueueWorkerModule, ReleaseModule, InstallationSamplesModule] })
export class WorkerModule {}
