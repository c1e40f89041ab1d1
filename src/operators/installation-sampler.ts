import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ApiKeyRegistry } from '../auth/api-key-registry.js';
import { Config } from '../config/config.js';
import { QueueStats } from '../queue/queue-stats.js';
import { SweepProcessor } from '../queue/sweep.processor.js';
import { scriptsOf } from '../redis/script.js';
import { RedisInfo } from '../redis/redis-info.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { BooksService } from '../topic/books.service.js';
import { TopicVitals } from '../topic/topic-vitals.js';
import type { InstallationSample } from './sample-types.js';
import { SystemTopic } from './system-topic.js';

const script = scriptsOf(import.meta.url);
const CLAIM = script('claim', ({ node, forMs }: { node: string; forMs: number }) => [node, forMs], Number);
const PARTITION = 0;
const COUNT_MS = 60_000;
/** Sweeps come a little early or late: one that is early shall not lose its turn. */
const CLAIM_SHARE = 0.8;

/** Tells how the installation does, after a sweep: one worker at a time, however many there are. */
@Injectable()
export class InstallationSampler implements OnModuleInit {
  private counted?: { difference: number; differenceAt: number };
  private readonly logger = new Logger(InstallationSampler.name);

  constructor(
    private readonly config: Config,
    private readonly sweep: SweepProcessor,
    private readonly lanes: RedisLanes,
    private readonly info: RedisInfo,
    private readonly queues: QueueStats,
    private readonly vitals: TopicVitals,
    private readonly books: BooksService,
    private readonly keys: ApiKeyRegistry,
    private readonly topic: SystemTopic,
  ) {}

  onModuleInit(): void {
    if (this.config.sampleMs > 0) this.sweep.follow(() => this.sample());
  }

  private async sample(): Promise<void> {
    try {
      const claim = { node: this.config.nodeId, forMs: Math.ceil(this.config.sampleMs * CLAIM_SHARE) };
      const at = await this.lanes.facts.run(CLAIM, PARTITION, claim);
      if (at > 0) await this.topic.publish('installation.sample', await this.read(at));
    } catch (error) {
      this.logger.debug({ msg: 'The installation could not be sampled', error: String(error) });
    }
  }

  /** @param at when it was claimed: claims never come closer together, however long each worker takes. */
  private async read(at: number): Promise<InstallationSample> {
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
