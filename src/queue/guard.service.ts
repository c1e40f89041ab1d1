import { Injectable } from '@nestjs/common';
import { TopicAlarms } from '../topic/topic.alarms.js';
import { GuardQueue } from './guard.queue.js';

/** Looks at topics and arms the next look where one is needed. */
@Injectable()
export class GuardService {
  constructor(
    private readonly alarms: TopicAlarms,
    private readonly queue: GuardQueue,
  ) {}

  async wake(names: readonly string[], force = false): Promise<void> {
    const next = await this.alarms.wake(names, force);
    await Promise.all([...next].map(([at, due]) => this.queue.arm(at, due)));
  }
}
