import { Injectable } from '@nestjs/common';
import type { Publisher } from '../contract/publisher.js';
import { PostriderError } from '../contract/postrider-error.js';
import { EventLogger } from '../observability/event-logger.js';
import { SessionService } from '../session/session.service.js';

/** Ends sessions at the request of a publisher. */
@Injectable()
export class SessionEnder {
  private readonly logger = new EventLogger(SessionEnder.name);

  constructor(private readonly sessions: SessionService) {}

  /** @throws PostriderError `session_not_found`. */
  async end({ app, name: publisher }: Publisher, id: string): Promise<void> {
    if (!(await this.sessions.end(id, app))) {
      throw new PostriderError('session_not_found', 'There is no such session. Check the id: it may have expired.');
    }
    this.logger.event('session_ended', { app, publisher, session: id });
  }
}
