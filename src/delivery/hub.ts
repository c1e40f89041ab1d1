import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import { groupByPartition } from '../contract/partition.js';
import { PostriderError } from '../contract/postrider-error.js';
import { EventLogger } from '../observability/event-logger.js';
import { Metrics } from '../observability/metrics.js';
import { parseTopic } from '../contract/topic-name.js';
import { NodeLease } from '../session/node-lease.js';
import { TopicHints } from '../topic/topic-hints.js';
import { TopicLog } from '../topic/topic-log.js';
import type { LogView } from '../topic/log-scripts.js';
import { partsOf, qualified, topicOf } from '../topic/topic-namespaces.js';
import { type FeedOptions, type TailBudget, TopicFeed } from './topic-feed.js';

const READ_BYTES = 1_048_576;
const RETRY_MS = 500;

/**
 * Registry of the topics of this node. It receives hints; the heads poll makes up for lost ones.
 */
@Injectable()
export class Hub implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly feeds = new Map<string, TopicFeed>();
  private readonly tails: TailBudget;
  private readonly shared: FeedOptions;
  private readonly personal: FeedOptions;
  private addressed: (name: string) => void = () => undefined;
  /** Number of lost connections. */
  private doubts = 0;
  private distrusts = 0;
  private readonly verifications = new Map<TopicFeed, Promise<boolean>>();
  private timer?: NodeJS.Timeout;
  private retry?: NodeJS.Timeout;
  private readonly logger = new EventLogger(Hub.name);

  constructor(
    private readonly settings: DeliverySettings,
    private readonly log: TopicLog,
    private readonly hints: TopicHints,
    private readonly lease: NodeLease,
    private readonly metrics: Metrics,
  ) {
    this.tails = { bytes: 0, maxBytes: settings.tailBytes };
    this.shared = {
      keepsTail: true,
      budget: this.tails,
      readLog: (...range) => this.read(...range),
      onSuspect: (feed) => void this.verify(feed),
    };
    this.personal = { ...this.shared, keepsTail: false };
    metrics.sampled('tail_bytes', 'Memory used by recent entries of topics', () => this.tails.bytes);
    metrics.sampled('topics', 'Topics that this node listens to', () => this.feeds.size);
  }

  async onApplicationBootstrap(): Promise<void> {
    this.hints.on({
      appended: ({ name, epoch, offset, entries }) => this.feedOf(name)?.appended(epoch, offset, entries),
      again: ({ name, epoch, offsets }) => this.feedOf(name)?.again(epoch, offsets),
      ended: ({ name, epoch, offsets }) => this.feedOf(name)?.ended(epoch, offsets),
    });
    await this.hints.listen(this.lease.holder, () => this.doubt());
    this.log.onInterruption(() => this.doubt());
    this.timer = setInterval(() => void this.poll(), this.settings.headsPollMs);
  }

  /**
   * @param addressed called with a session's own topic if an entry arrives there and nobody on this
   * node listens.
   */
  onAddressed(addressed: (name: string) => void): void {
    this.addressed = addressed;
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    clearTimeout(this.retry);
  }

  /**
   * Returns the feed of a topic, kept at least until `release`. It must exist before the join is
   * stored, so that no hint is missed.
   */
  acquire(app: string, topic: string): TopicFeed {
    const name = qualified(app, topic);
    let feed = this.feeds.get(name);
    if (!feed) {
      const kind = parseTopic(topic)?.kind;
      const personal = kind === 'user' || kind === 'session';
      feed = new TopicFeed(name, topic, personal ? this.personal : this.shared);
      this.feeds.set(name, feed);
    }
    feed.pins++;
    return feed;
  }

  /** Ends an `acquire`; a feed without listeners is dropped. */
  release(feed: TopicFeed): void {
    feed.pins--;
    this.forgetIdle(feed);
  }

  forgetIdle(feed: TopicFeed): void {
    if (feed.pins > 0 || feed.subscriptions.size > 0 || this.feeds.get(feed.name) !== feed) return;
    feed.dropTail(0);
    this.feeds.delete(feed.name);
  }

  /**
   * Marks all feeds as unverified after a lost connection: nothing is sent before their logs have
   * been checked.
   */
  private doubt(): void {
    this.doubts++;
    this.distrusts++;
    for (const feed of this.feeds.values()) feed.doubt();
    void this.poll();
  }

  /** Compares the heads of all topics with the hints, in one call for each partition. */
  async poll(): Promise<void> {
    const byPartition = groupByPartition(this.feeds.values(), ({ partition }) => partition);
    const done = await Promise.all([...byPartition].map(([partition, feeds]) => this.pollSome(partition, feeds)));
    if (done.includes(false)) this.pollSoon();
  }

  private pollSoon(): void {
    this.retry ??= setTimeout(() => {
      this.retry = undefined;
      void this.poll();
    }, RETRY_MS);
  }

  /**
   * Waits until the log of a topic is known to be the one that was seen.
   * @throws PostriderError `redis_unavailable`.
   */
  async verified(feed: TopicFeed): Promise<void> {
    while (!feed.verified) if (!(await this.look(feed))) throw new PostriderError('redis_unavailable');
  }

  /** Changes when something that was read of a log may no longer hold. */
  get trust(): number {
    return this.distrusts;
  }

  /** Checks the log of one topic that contradicts what was seen. */
  private async verify(feed: TopicFeed): Promise<void> {
    this.distrusts++;
    feed.doubt();
    if (!(await this.look(feed))) this.pollSoon();
  }

  /** @returns true if Redis has answered. */
  private look(feed: TopicFeed): Promise<boolean> {
    let looking = this.verifications.get(feed);
    if (!looking) {
      looking = this.pollSome(feed.partition, [feed]).finally(() => this.verifications.delete(feed));
      this.verifications.set(feed, looking);
    }
    return looking;
  }

  private async pollSome(partition: number, feeds: readonly TopicFeed[]): Promise<boolean> {
    const { doubts } = this;
    const asked = feeds.map((feed) => ({ feed, epoch: feed.epoch, view: feed.view }));
    try {
      const heads = await this.log.heads(
        partition,
        asked.map(({ view }) => view),
      );
      // Data read over a lost connection proves nothing about the next one.
      if (doubts !== this.doubts) return false;
      for (const [index, { feed, epoch, view }] of asked.entries()) {
        const found = heads[index];
        if (!found || feed.epoch === '' || feed.epoch !== epoch) continue;
        if (found.epoch === epoch && found.diverged) await this.renumber(feed, epoch, view);
        else feed.confirm(found.epoch, found.head);
      }
      return true;
    } catch (error) {
      this.logger.debug({ msg: 'Could not read the heads of topics', partition, error: String(error) });
      return false;
    }
  }

  /** Gives the topic a new epoch, because a failover lost entries that sessions here have seen. */
  private async renumber(feed: TopicFeed, epoch: string, view: LogView): Promise<void> {
    const next = await this.log.renumber(view, epoch);
    this.distrusts++;
    this.metrics.renumbered.inc();
    this.logger.event('topic_renumbered', { ...partsOf(feed.name), epoch, next });
    if (feed.epoch === epoch) feed.renumbered();
  }

  private feedOf(name: string): TopicFeed | undefined {
    const feed = this.feeds.get(name);
    if (!feed && parseTopic(topicOf(name))?.kind === 'session') this.addressed(name);
    return feed;
  }

  private async read(name: string, from: number, most: number, upTo: number) {
    try {
      return await this.log.read(name, from, most, READ_BYTES, upTo);
    } catch (error) {
      // The subscription stays behind until the next poll or hint pumps it.
      this.logger.debug({ msg: 'Could not read a log', error: String(error) });
      return undefined;
    }
  }
}
