import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Metrics } from '../observability/metrics.js';
import { SessionExpiry } from '../session/session-expiry.js';
import { TopicAlarms } from '../topic/topic-alarms.js';
import { SYSTEM_APP } from '../contract/topic-name.js';
import { appOf } from '../topic/topic-namespaces.js';
import { GuardJobs } from './guard-jobs.js';
import { JobWorkers } from './job-workers.js';
import { SWEEP_QUEUE } from './queue-names.js';
import { ReleaseQueue } from './release-queue.js';
import { SweepSchedule } from './sweep-schedule.js';
import { WorkerCanary } from './worker-canary.js';

/** A topic whose job has not looked at it this long after its alarm has lost it, or never had one. */
const GRACE_MS = 1_000;

/**
 * Mends what a crash left between two steps and does what was waiting for a deadline. Reads indices only, so an idle system
 * costs a few commands, however much is parked in it.
 */
@Injectable()
export class SweepProcessor implements OnApplicationBootstrap {
  private readonly followers: (() => Promise<void>)[] = [];
  private readonly logger = new Logger(SweepProcessor.name);

  constructor(
    private readonly schedule: SweepSchedule,
    private readonly alarms: TopicAlarms,
    private readonly guard: GuardJobs,
    private readonly releases: ReleaseQueue,
    private readonly sessions: SessionExpiry,
    private readonly canary: WorkerCanary,
    private readonly metrics: Metrics,
    private readonly workers: JobWorkers,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.schedule.start();
    await this.workers.start(SWEEP_QUEUE, 1, () => this.sweep());
  }

  /** Has something done after each sweep, by the worker that swept. @param follower never throws. */
  follow(follower: () => Promise<void>): void {
    this.followers.push(follower);
  }

  private async sweep(): Promise<void> {
    await this.canary.sing();
    const { names, scheduled } = await this.alarms.overdue(GRACE_MS);
    if (names.length > 0) await this.guard.wake(names);
    await Promise.all(scheduled.map((id) => this.releases.add(id, 0)));
    const { expired, reaped } = await this.sessions.run();
    // Samples expire all the time, so their topic is looked at all the time; nothing was mended by that.
    const mended = names.filter((name) => appOf(name) !== SYSTEM_APP).length + scheduled.length;
    if (mended > 0) this.metrics.mended.inc(mended);
    if (mended + expired + reaped > 0) {
      this.logger.debug({ msg: 'Swept', topics: names.length, scheduled: scheduled.length, expired, reaped });
    }
    await Promise.all(this.followers.map((follower) => follower()));
  }
}
