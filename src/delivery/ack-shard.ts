import { PostriderError } from '../contract/postrider-error.js';
import { EventLogger } from '../observability/event-logger.js';
import type { Attempt, Landmark, TopicAcks } from '../topic/topic-acks.js';
import { partsOf } from '../topic/topic-namespaces.js';
import {
  type Collected,
  type CollectedTopic,
  type StoreOutcome,
  type OnStored,
  addOffsets,
  itemOf,
  takeOut,
} from './collected-acks.js';
import type { Subscription } from './subscription.js';
import type { TopicFeed } from './topic-feed.js';
import type { UnstoredAcks } from './unstored-acks.js';

/** Delivery that was sent to a session again. */
interface Sent extends Omit<Attempt, 'ageMs'> {
  readonly sentAtMs: number;
}

const RETRY_MS = 500;
/** Maximum sessions in one call, during which Redis does nothing else. */
const MAX_SESSIONS = 500;
const MAX_OFFSETS = 1_024;
const MAX_SENDS = 500;

/** Session that acknowledges entries of a feed. */
export type AckSource = Pick<Subscription, 'feed' | 'session' | 'settled'>;

/** Collects the acks of one shard: one call is in progress, later acks go with the next. */
export class AckShard {
  private topics = new Map<TopicFeed, CollectedTopic>();
  /**
   * Goes first: acks of earlier epochs, which are never joined with others, and the rest of what
   * was too large for one call.
   */
  private former: CollectedTopic[] = [];
  private sends: Sent[] = [];
  private running?: Promise<void>;
  /**
   * Maximum sessions in the next call: one while searching for an ack that Redis can never accept.
   */
  private most = MAX_SESSIONS;
  private readonly logger = new EventLogger(AckShard.name);

  constructor(
    private readonly acks: TopicAcks,
    private readonly unstored: UnstoredAcks,
  ) {}

  get size(): number {
    let size = 0;
    for (const { sessions } of this.topics.values()) size += sessions.size;
    for (const { sessions } of this.former) size += sessions.size;
    return size;
  }

  /**
   * Adds a cumulative ack. Without an offset, the cursor only moves over what the client knows will
   * never come.
   */
  upTo({ feed, session, settled }: AckSource, offset: number | undefined, onStored?: OnStored): void {
    const item = itemOf(this.gathering(feed), session);
    if (offset !== undefined) item.upTo = Math.max(item.upTo ?? 0, offset);
    item.settled = Math.max(item.settled, settled);
    if (onStored) (item.waiting ??= []).push(onStored);
  }

  only({ feed, session, settled }: AckSource, offsets: readonly number[], onStored?: OnStored): void {
    const topic = this.gathering(feed);
    const item = itemOf(topic, session);
    this.unstored.add(session, addOffsets(topic, item, offsets));
    item.settled = Math.max(item.settled, settled);
    if (onStored) (item.waiting ??= []).push(onStored);
  }

  resent(sent: Sent): void {
    this.sends.push(sent);
    this.run();
  }

  async flushed(): Promise<void> {
    await this.running;
  }

  private gathering(feed: TopicFeed): CollectedTopic {
    const topic = this.topic(feed, feed.epoch);
    topic.landmark = newerOf(topic.landmark, feed.landmark);
    this.run();
    return topic;
  }

  private topic(feed: TopicFeed, epoch: string): CollectedTopic {
    const gathering = this.topics.get(feed);
    if (gathering?.epoch === epoch) return gathering;
    if (gathering) this.former.push(gathering);
    const { name, partition } = feed;
    const topic = { feed, name, partition, epoch, sessions: new Map<string, Collected>(), hasOffsets: false };
    this.topics.set(feed, topic);
    return topic;
  }

  private get isEmpty(): boolean {
    return this.topics.size === 0 && this.former.length === 0;
  }

  private run(): void {
    // One turn of the event loop collects acks that arrive together.
    this.running ??= new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.drain())
      .finally(() => {
        this.running = undefined;
        if (!this.isEmpty || this.sends.length > 0) setTimeout(() => this.run(), RETRY_MS);
      });
  }

  private async drain(): Promise<void> {
    while (!this.isEmpty || this.sends.length > 0) {
      const batch = this.take();
      const sends = this.sends.splice(0, MAX_SENDS);
      try {
        if (sends.length > 0) await this.acks.attempted(sends.map(attemptOf));
        sends.length = 0;
        if (batch.length > 0) await this.store(batch);
        this.most = Math.min(MAX_SESSIONS, this.most * 2);
      } catch (error) {
        if (!isHopeless(error)) this.sends.unshift(...sends);
        if (!this.isSetAside(batch, error)) return;
      }
    }
  }

  /**
   * Keeps or drops acks that were not stored.
   * @returns true if the others can be stored at once.
   */
  private isSetAside(batch: readonly CollectedTopic[], error: unknown): boolean {
    const isRefused = isHopeless(error);
    const [first, second] = batch;
    if (isRefused && first?.sessions.size === 1 && !second) {
      this.drop(first, error);
      return true;
    }
    this.logger.debug({ msg: 'Acks wait for Redis', topics: batch.length, error: String(error) });
    for (const topic of batch) this.keep(topic);
    if (isRefused) this.most = 1;
    return isRefused;
  }

  private drop(topic: CollectedTopic, error: unknown): void {
    const [session] = topic.sessions.keys();
    this.logger.event('acks_dropped', { ...partsOf(topic.feed.name), session }, error);
    this.settle(topic, new Map([[0, 'dropped']]));
  }

  /** Takes as much of the collected acks as fits into one call. */
  private take(): CollectedTopic[] {
    const all = [...this.former, ...this.topics.values()];
    // New collections instead of cleared ones: see `InFlight`.
    this.former = [];
    this.topics = new Map();
    const batch: CollectedTopic[] = [];
    const room = { sessions: this.most, offsets: MAX_OFFSETS };
    for (const topic of all) {
      const taken = takeOut(topic, room);
      if (taken) batch.push(taken);
      if (taken !== topic && topic.sessions.size > 0) this.former.push(topic);
    }
    return batch;
  }

  private async store(batch: readonly CollectedTopic[]): Promise<void> {
    const outcomes = await this.acks.ack(batch);
    batch.forEach((topic, index) => this.settle(topic, outcomes[index]));
  }

  /** @param unstored outcomes of acks that were not stored, by the position of the session. */
  private settle({ feed, sessions }: CollectedTopic, unstored: ReadonlyMap<number, StoreOutcome> | undefined): void {
    let place = 0;
    for (const [session, { offsets, waiting }] of sessions) {
      const outcome = unstored?.get(place++) ?? 'stored';
      if (outcome === 'stale' || outcome === 'above_head') feed.suspect();
      if (offsets) this.unstored.remove(session, offsets.size);
      if (waiting) for (const onStored of waiting) onStored(outcome);
    }
  }

  /** Puts acks back that Redis did not accept, joined with those collected in the meantime. */
  private keep({ feed, epoch, landmark, sessions }: CollectedTopic): void {
    const kept = this.topic(feed, epoch);
    kept.landmark = newerOf(kept.landmark, landmark);
    for (const [session, { upTo, settled, offsets, waiting }] of sessions) {
      const item = itemOf(kept, session);
      item.settled = Math.max(item.settled, settled);
      if (upTo !== undefined) item.upTo = Math.max(item.upTo ?? 0, upTo);
      if (offsets) this.unstored.remove(session, offsets.size - addOffsets(kept, item, offsets));
      if (waiting) item.waiting = [...waiting, ...(item.waiting ?? [])];
    }
  }
}

const attemptOf = ({ sentAtMs, ...sent }: Sent): Attempt => ({
  ...sent,
  ageMs: Math.floor(Math.max(0, performance.now() - sentAtMs)),
});

const newerOf = (a: Landmark | undefined, b: Landmark | undefined): Landmark | undefined =>
  (b?.offset ?? 0) > (a?.offset ?? 0) ? b : a;

/**
 * True for faults that another try would meet again; any other error means that Redis cannot accept
 * anything now.
 */
function isHopeless(error: unknown): boolean {
  if (!(error instanceof PostriderError)) return true;
  return error.cause instanceof Error && /^(WRONGTYPE|ERR user_script:\d+:)/.test(error.cause.message);
}
