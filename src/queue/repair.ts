import { Injectable, Logger } from '@nestjs/common';
import { Metrics } from '../observability/metrics.js';
import { SessionExpiry } from '../session/session-expiry.js';
import { TopicAlarms } from '../topic/topic-alarms.js';
import { isObserved } from '../topic/topic-namespaces.js';
import { GuardJobs } from './guard-jobs.js';
import { ReleaseQueue } from './release-queue.js';

/** Grace period after an alarm; then its job is lost, or never existed. */
const GRACE_MS = 1_000;

/**
 * Repairs what a crash left between two steps, and handles deadlines that have passed. It reads
 * indices only, so an idle system costs a few commands, however much is parked.
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
