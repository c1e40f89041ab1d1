import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Config } from '../config/config.js';
import { groupByPartition, partitionOf } from '../redis/partition.js';
import { PostriderError } from '../errors/postrider.error.js';
import { EventLog } from '../observability/event.log.js';
import { Metrics } from '../observability/metrics.js';
import type { Hint } from '../topic/hint.codec.js';
import { parseTopic } from '../topic/topic.name.js';
import { TopicHints } from '../topic/topic.hints.js';
import { type Sight, TopicLog } from '../topic/topic.log.js';
import { partsOf, qualified, topicOf } from '../topic/topic.namespaces.js';
import { type FeedEvents, type TailBudget, TopicFeed } from './topic.feed.js';

const READ_BYTES = 1_048_576;
const RETRY_MS = 500;

/** What the hub cannot do itself. */
export interface HubEvents {
  /** A topic has a new numbering: its subscribers have to join again. */
  reset(feed: TopicFeed): void;
  /** Something came for a topic that nobody here listens to. */
  unheard(name: string): void;
  /** The list of revoked tokens has changed. */
  revoked(): void;
  session(session: string, generation: number, why: 'taken' | 'ended'): void;
}

/** Which topics this node listens to. Hints come in here; the heads poll finds what they did not tell. */
@Injectable()
export class Hub implements OnModuleDestroy {
  private readonly feeds = new Map<string, TopicFeed>();
  private readonly tails: TailBudget;
  private events?: HubEvents;
  private readonly feedEvents: FeedEvents = {
    reset: (feed) => this.events?.reset(feed),
    suspect: (feed) => {
      feed.doubt();
      void this.poll();
    },
  };
  /** How often a connection broke. */
  private doubts = 0;
  private readonly verifications = new Map<TopicFeed, Promise<boolean>>();
  private timer?: NodeJS.Timeout;
  private retry?: NodeJS.Timeout;
  private readonly logger = new EventLog(Hub.name);

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly log: TopicLog,
    private readonly hints: TopicHints,
    private readonly metrics: Metrics,
  ) {
    this.tails = { bytes: 0, maxBytes: config.tailBytes };
    metrics.sampled('tail_bytes', 'Memory taken by the newest entries of topics', () => this.tails.bytes);
    metrics.sampled('topics', 'Topics that this node listens to', () => this.feeds.size);
  }

  async start(events: HubEvents): Promise<void> {
    this.events = events;
    await this.hints.listen(
      (hint) => this.receive(hint),
      () => this.doubt(),
    );
    this.log.onInterruption(() => this.doubt());
    this.timer = setInterval(() => void this.poll(), this.config.headsPollMs);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    clearTimeout(this.retry);
  }

  /** The feed of a topic, kept at least until `release`; made before the join is stored, so that no hint is missed. */
  acquire(app: string, topic: string): TopicFeed {
    const name = qualified(app, topic);
    let feed = this.feeds.get(name);
    if (!feed) {
      const kind = parseTopic(topic)?.kind;
      const personal = kind === 'user' || kind === 'session';
      feed = new TopicFeed(name, topic, !personal, this.tails, (...range) => this.read(...range), this.feedEvents);
      this.feeds.set(name, feed);
    }
    feed.joining++;
    return feed;
  }

  /** Ends an `acquire`; what nobody listens to is forgotten. */
  release(feed: TopicFeed): void {
    feed.joining--;
    this.forgetIdle(feed);
  }

  forgetIdle(feed: TopicFeed): void {
    if (feed.joining > 0 || feed.subscriptions.size > 0 || this.feeds.get(feed.name) !== feed) return;
    feed.dropTail(0);
    this.feeds.delete(feed.name);
  }

  /** A connection to Redis broke: nothing of what follows is taken before the logs have been looked at. */
  private doubt(): void {
    this.doubts++;
    for (const feed of this.feeds.values()) feed.doubt();
    void this.poll();
  }

  /** Compares the heads of all topics with what hints have told, one call a partition. */
  async poll(): Promise<void> {
    const byPartition = groupByPartition(this.feeds.values(), ({ name }) => partitionOf(name));
    const done = await Promise.all([...byPartition].map(([partition, feeds]) => this.pollSome(partition, feeds)));
    if (done.includes(false)) this.retry ??= setTimeout(() => this.pollAgain(), RETRY_MS);
  }

  private pollAgain(): void {
    this.retry = undefined;
    void this.poll();
  }

  /**
   * Waits until the log of a topic is known to be the one that was seen.
   * @throws PostriderError `redis_unavailable`.
   */
  async verified(feed: TopicFeed): Promise<void> {
    while (!feed.verified) {
      let looking = this.verifications.get(feed);
      if (!looking) {
        looking = this.pollSome(partitionOf(feed.name), [feed]).finally(() => this.verifications.delete(feed));
        this.verifications.set(feed, looking);
      }
      if (await looking) continue;
      throw new PostriderError('redis_unavailable');
    }
  }

  private async pollSome(partition: number, feeds: readonly TopicFeed[]): Promise<boolean> {
    const { doubts } = this;
    const asked = feeds.map((feed) => ({ feed, epoch: feed.epoch, sight: feed.sight }));
    try {
      const heads = await this.log.heads(
        partition,
        asked.map(({ sight }) => sight),
      );
      // What was read on a connection that is gone says nothing of what comes behind the next one.
      if (doubts !== this.doubts) return false;
      for (const [index, { feed, epoch, sight }] of asked.entries()) {
        const found = heads[index];
        if (!found || feed.epoch === '' || feed.epoch !== epoch) continue;
        if (found.epoch === epoch && found.diverged) await this.renumber(feed, epoch, sight);
        else feed.confirm(found.epoch, found.head);
      }
      return true;
    } catch (error) {
      this.logger.debug({ msg: 'The heads of topics could not be read', partition, error: String(error) });
      return false;
    }
  }

  /** A failover has unwritten what sessions here have seen: from now on its offsets are those of another epoch. */
  private async renumber(feed: TopicFeed, epoch: string, sight: Sight): Promise<void> {
    const next = await this.log.renumber(sight, epoch);
    this.metrics.renumbered.inc();
    this.logger.tell('topic_renumbered', { ...partsOf(feed.name), epoch, next });
    if (feed.epoch === epoch) this.events?.reset(feed);
  }

  private receive(hint: Hint): void {
    if (hint.kind === 'session') return this.events?.session(hint.session, hint.generation, hint.why);
    if (hint.kind === 'revoked') return this.events?.revoked();
    const feed = this.feeds.get(hint.name);
    if (!feed) {
      if (topicOf(hint.name).startsWith('session:')) this.events?.unheard(hint.name);
      return;
    }
    if (hint.kind === 'appended') feed.appended(hint.epoch, hint.offset, hint.entries);
    else if (hint.kind === 'again') feed.again(hint.epoch, hint.offsets);
    else feed.ended(hint.epoch, hint.offsets);
  }

  private async read(name: string, from: number, most: number, upTo: number) {
    try {
      return await this.log.read(name, from, most, READ_BYTES, upTo);
    } catch (error) {
      // The subscription stays behind; the next poll or hint pumps it again.
      this.logger.debug({ msg: 'A log could not be read', error: String(error) });
      return undefined;
    }
  }
}
