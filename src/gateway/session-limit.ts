import { Injectable } from '@nestjs/common';
import { SessionSettings } from '../config/settings.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import { SessionService } from '../session/session.service.js';

/**
 * Limits the sessions of a user, since sessions that clients leave behind stay in Redis until their
 * deadline.
 */
@Injectable()
export class SessionLimit {
  private readonly logger = new EventLogger(SessionLimit.name);

  constructor(
    private readonly settings: SessionSettings,
    private readonly sessions: SessionService,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Ends the sessions suspended longest if a user has too many.
   * @param count number of the user's sessions.
   */
  async keep(user: string, app: string, count: number): Promise<void> {
    const excess = count - this.settings.maxSessionsPerUser;
    if (excess <= 0) return;
    try {
      this.metrics.limited('sessions_user').inc(await this.sessions.endOldest(user, app, excess));
    } catch (error) {
      // The next session of the user tries again.
      this.logger.debug({ msg: 'Could not end old sessions of a user', user, error: String(error) });
    }
  }
}
