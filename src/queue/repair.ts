import { Injectable, Logger } from '@nestjs/common';
import { Metrics } from '../observability/metrics.js';
import { SessionExpiry } from '../session/session-expiry.js';
import { TopicAlarms } from '../topic/topic-alarms.js';
import { isObserved } from '../topic/topic-namespaces.js';
import { GuardJobs } from './guard-jobs.js';
import { ReleaseQueue } from './release-queue.js';

/** A topic whose job has not looked at it this long after its alarm has lost it, or never had one. */
const GRACE_MS = 1_000;

/**
 * Finishes what a crash left between two steps, and what was waiting for a deadline. It reads only indices, so an idle system
 * costs a few commands, however much is parked in it.
 */
@Injectable()
export class Repair {
  private readonly logger = new Logger(Repair.name);

  constructor(
    private readonly alarms: TopicAlarms,
    private readonly guard: GuardJobs,
    private readonly releases: ReleaseQueue,
    private readonly sessions: SessionExpiry,
    private readonly metrics: Metrics,
  ) {}

  async run(): Promise<void> {
    const { names, scheduled } = await this.alarms.overdue(GRACE_MS);
    if (names.length > 0) await this.guard.wake(names);
    await Promise.all(scheduled.map((id) => this.releases.add(id, 0)));
    const { expired, reaped } = await this.sessions.run();
    const mended = names.filter(isObserved).length + scheduled.length;
    if (mended > 0) this.metrics.repaired.inc(mended);
    if (mended + expired + reaped > 0) {
      this.logger.debug({ msg: 'Swept', topics: names.length, scheduled: scheduled.length, expired, reaped });
    }
  }
}
