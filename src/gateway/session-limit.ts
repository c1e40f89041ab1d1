import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import { SessionService } from '../session/session.service.js';

/** Bounds how many sessions a user has: what a client leaves behind waits in Redis to be resumed. */
@Injectable()
export class SessionLimit {
  private readonly logger = new EventLogger(SessionLimit.name);

  constructor(
    private readonly config: Config,
    private readonly sessions: SessionService,
    private readonly metrics: Metrics,
  ) {}

  /** Ends those that have waited longest to be resumed, where a user has too many. @param count of the user's sessions. */
  async keep(user: string, app: string, count: number): Promise<void> {
    const excess = count - this.config.maxSessionsPerUser;
    if (excess <= 0) return;
    try {
      this.metrics.limited('sessions_user').inc(await this.sessions.endOldest(user, app, excess));
    } catch (error) {
      // The next session that begins tries again.
      this.logger.debug({ msg: 'Sessions of a user could not be ended', user, error: String(error) });
    }
  }
}
