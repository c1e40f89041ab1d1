import { Injectable } from '@nestjs/common';
import { ApiKeyRegistry } from '../auth/api-key-registry.js';
import { QueueStats } from '../queue/queue-stats.js';
import { RedisInfo } from '../redis/redis-info.js';
import { BooksService } from '../topic/books.service.js';
import { TopicVitals } from '../topic/topic-vitals.js';
import type { InstallationSample } from './sample-types.js';

const COUNT_MS = 60_000;

/**
 * Reads the state of the whole installation: Redis, the queues, and the topics of all apps that
 * have a key.
 */
@Injectable()
export class InstallationFigures {
  private counted?: { difference: number; differenceAt: number };

  constructor(
    private readonly info: RedisInfo,
    private readonly queues: QueueStats,
    private readonly vitals: TopicVitals,
    private readonly books: BooksService,
    private readonly keys: ApiKeyRegistry,
  ) {}

  /** @param at time by the clock of Redis. */
  async read(at: number): Promise<InstallationSample> {
    const [redis, queues, { books, deadLetters, oldestUnackedMs }] = await Promise.all([
      this.info.read(),
      this.queues.counts(),
      this.vitals.read(this.keys.apps),
    ]);
    if (!this.counted || at - this.counted.differenceAt >= COUNT_MS) {
      const found = await Promise.all(this.keys.apps.map((app) => this.books.books(app)));
      const difference = found.reduce((sum, { difference: one }) => sum + Math.abs(one), 0);
      this.counted = { difference, differenceAt: at };
    }
    return { at, redis, queues, deadLetters, oldestUnackedMs, books: { ...books, ...this.counted } };
  }
}
