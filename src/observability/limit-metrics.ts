import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Metrics } from './metrics.js';

/** Exposes the limits as metrics. docs/metrics.md names the metric to compare each with. */
@Injectable()
export class LimitMetrics {
  constructor(config: Config, metrics: Metrics) {
    const limits = {
      ACCEPT_QUEUE_MAX: config.acceptQueueMax,
      DEAD_LETTER_MAX: config.deadLetterMax,
      TAIL_BYTES: config.tailBytes,
      WORKER_CONCURRENCY: config.workerConcurrency,
      WS_MAX_CONNECTIONS: config.wsMaxConnections,
      WS_MAX_CONNECTIONS_PER_USER: config.wsMaxConnectionsPerUser,
      WS_MAX_SUBSCRIPTIONS: config.wsMaxSubscriptions,
      WS_MAX_UNSTORED_ACKS: config.wsMaxUnstoredAcks,
      WS_SEND_BUFFER_BYTES: config.wsSendBufferBytes,
      WS_SEND_BUFFER_HARD_BYTES: config.wsSendBufferHardBytes,
    };
    metrics.sampledBy('setting', 'limit', 'Settings that limit each process', () => limits, 'max');
  }
}
