import { Injectable, Logger } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import { Committer } from '../publish/committer.js';
import { partitionOf } from '../contract/partition.js';
import { RedisClock } from '../clock/redis-clock.js';
import { newId } from '../contract/notification-id.js';
import { SAMPLES_TOPIC, SYSTEM_APP } from '../contract/topic-name.js';
import { qualified } from '../topic/topic-namespaces.js';
import type { Samples } from './sample-types.js';

const TTL_MS = 3_600_000;
const HOME = partitionOf(qualified(SYSTEM_APP, SAMPLES_TOPIC));

/**
 * Publishes the samples that the console shows, through the same code as notifications. They pass
 * no accept hooks and are not counted as accepted; their books are those of the app
 * `postrider.system`.
 */
@Injectable()
export class SystemTopic {
  private readonly logger = new Logger(SystemTopic.name);

  constructor(
    private readonly settings: DeliverySettings,
    private readonly committer: Committer,
    private readonly clock: RedisClock,
  ) {}

  /** Never throws: a sample that Redis did not accept is not worth a retry. */
  async publish<T extends keyof Samples>(type: T, sample: Samples[T]): Promise<void> {
    const now = this.clock.now();
    try {
      await this.committer.commit(newId('s', HOME, now), {
        app: SYSTEM_APP,
        topics: [SAMPLES_TOPIC],
        type,
        data: JSON.stringify(sample),
        policy: 'none',
        ackWaitMs: this.settings.ackWaitMs,
        maxAttempts: 1,
        createdAtMs: now,
        releaseAtMs: now,
        expiresAtMs: now + TTL_MS,
      });
    } catch (error) {
      this.logger.debug({ msg: 'A sample could not be stored', sample: type, error: String(error) });
    }
  }
}
