import { Injectable } from '@nestjs/common';
import { Metrics } from '../observability/metrics.js';
import type { End, Endings } from './ending.js';
import { TopicHints } from './topic-hints.js';

/** Reports deliveries that scripts ended otherwise than by acks: to metrics, logs and nodes. */
@Injectable()
export class TopicEndings {
  constructor(
    private readonly hints: TopicHints,
    private readonly metrics: Metrics,
  ) {}

  report(name: string, { epoch, ended }: Endings): void {
    if (ended.length === 0) return;
    for (const end of ended) this.count(end);
    this.hints.ended(name, epoch, ended);
  }

  /** @param endings those of each topic. */
  reportAll(topics: readonly { readonly name: string }[], endings: readonly Endings[]): void {
    for (const [index, ended] of endings.entries()) this.report(topics[index]?.name ?? '', ended);
  }

  private count({ reason, cause }: End): void {
    const { metrics } = this;
    if (reason === 'expired') metrics.expired.inc();
    else if (reason === 'cancelled') metrics.cancelled.inc();
    else metrics.dead(cause === 'refused' || cause === 'overflow' ? cause : 'max_attempts').inc();
  }
}
