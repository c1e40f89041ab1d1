import { Injectable } from '@nestjs/common';
import { ApiKeyRegistry } from '../auth/api-key-registry.js';
import { Metrics, type Row } from '../observability/metrics.js';
import { RELEASE_QUEUE } from '../queue/queue-names.js';
import { type QueueCounts, QueueStats } from '../queue/queue-stats.js';
import { BooksService, type Counted } from '../topic/books.service.js';
import { TopicVitals, type Vitals } from '../topic/topic-vitals.js';

/**
 * Metrics of the whole installation over all apps that have a key, counted at each scrape. While
 * Redis is away they are missing, so that the other metrics still come.
 */
@Injectable()
export class InstallationMetrics {
  private readonly counted: () => Promise<(Counted & { app: string })[]>;
  private readonly looked: () => Promise<Vitals>;
  private readonly queued: () => Promise<QueueCounts[]>;

  constructor(
    { apps }: ApiKeyRegistry,
    books: BooksService,
    vitals: TopicVitals,
    queues: QueueStats,
    metrics: Metrics,
  ) {
    this.counted = shared(() => Promise.all(apps.map(async (app) => ({ app, ...(await books.count(app)) }))));
    this.looked = shared(() => vitals.read(apps));
    this.queued = shared(() => queues.counts());
    const gauges = <L extends string>(
      labels: readonly L[],
      name: string,
      help: string,
      rows: () => Promise<Row<L>[]>,
    ): void => metrics.sampledRows(labels, name, help, () => rows().catch(() => []), 'installation');
    gauges(['app', 'state'], 'books', 'Deliveries of an app by outcome', () => this.bookRows());
    gauges(['state'], 'backlog', 'Waiting deliveries, notifications and sessions, by what they wait for', () =>
      this.backlogRows(),
    );
    gauges(['queue', 'state'], 'jobs', 'Jobs in the queues, by state', () => this.jobRows());
    const help = 'Age of the oldest unacknowledged delivery';
    metrics.sampled('oldest_unacked_seconds', help, () => this.ageSeconds().catch(() => NaN), 'installation');
  }

  private async bookRows(): Promise<Row<'app' | 'state'>[]> {
    const counted = await this.counted();
    return counted.flatMap(({ app, books }) =>
      Object.entries(books).map(([state, count]): Row<'app' | 'state'> => [{ app, state }, count]),
    );
  }

  private async ageSeconds(): Promise<number> {
    return ((await this.looked()).oldestUnackedMs ?? 0) / 1_000;
  }

  private async backlogRows(): Promise<Row<'state'>[]> {
    const [counted, { deadLetters }, queues] = await Promise.all([this.counted(), this.looked(), this.queued()]);
    const open = counted.reduce((sum, { books }) => sum + books.counted, 0);
    const offline = counted.reduce((sum, one) => sum + one.offline, 0);
    const { waiting = 0, active = 0, delayed = 0 } = queues.find(({ name }) => name === RELEASE_QUEUE) ?? {};
    return [
      [{ state: 'connected' }, open - offline],
      [{ state: 'offline' }, offline],
      [{ state: 'scheduled' }, waiting + active + delayed],
      [{ state: 'dead_letter' }, deadLetters],
    ];
  }

  private async jobRows(): Promise<Row<'queue' | 'state'>[]> {
    const queues = await this.queued();
    return queues.flatMap(({ name: queue, paused, ...counts }) => [
      ...Object.entries(counts).map(([state, count]): Row<'queue' | 'state'> => [{ queue, state }, count]),
      [{ queue, state: 'paused' }, Number(paused)],
    ]);
  }
}

/** Shares one read among concurrent callers, since the metrics of one scrape need the same data. */
function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => (reading ??= read().finally(() => (reading = undefined)));
}
