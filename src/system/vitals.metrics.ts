import { Injectable } from '@nestjs/common';
import { ApiKeyRegistry } from '../auth/api-key.registry.js';
import { Metrics } from '../observability/metrics.js';
import { TopicVitals } from '../topic/topic.vitals.js';

/** The age of the oldest unacknowledged delivery, read when Prometheus asks. */
@Injectable()
export class VitalsMetrics {
  constructor(metrics: Metrics, vitals: TopicVitals, keys: ApiKeyRegistry) {
    const ageSeconds = async (): Promise<number> => {
      // While Redis is away there is nothing to tell, and the other metrics matter the more.
      const found = await vitals.read(keys.apps).catch(() => undefined);
      return found ? (found.oldestUnackedMs ?? 0) / 1_000 : Number.NaN;
    };
    const help = 'Age of the oldest delivery that nobody has acknowledged';
    metrics.sampled('oldest_unacked_seconds', help, ageSeconds, 'installation');
  }
}
