import { Logger } from '@nestjs/common';
import type { AckOutcome, Seen, TopicAcks } from '../topic/topic.acks.js';
import type { TopicFeed } from './topic.feed.js';

export type Told = (outcome: AckOutcome) => void;

/** What one session has acknowledged and Redis does not have yet. */
export interface Collected {
  upTo?: number;
  offsets?: Set<number>;
  waiting?: Told[];
}

/** What the sessions of a topic have acknowledged under one numbering. */
interface CollectedTopic {
  readonly feed: TopicFeed;
  readonly epoch: string;
  /** What the topic had been seen to hold when the newest of them came. */
  witness?: Seen;
  readonly sessions: Map<string, Collected>;
}

const NO_OFFSETS: ReadonlySet<number> = new Set();

interface Sent {
  readonly name: string;
  readonly offset: number;
  readonly attempt: number;
}

const RETRY_MS = 500;
const MAX_SESSIONS = 500;
const MAX_SENDS = 500;

/** The acks of one shard: one call is under way, what comes meanwhile goes with the next. */
export class AckShard {
  private topics = new Map<TopicFeed, CollectedTopic>();
  /** What goes first: of numberings that were left since (acks of two are never joined), and what was too much for one call. */
  private former: CollectedTopic[] = [];
  private sends: Sent[] = [];
  private running?: Promise<void>;
  private readonly logger = new Logger(AckShard.name);

  constructor(private readonly acks: TopicAcks) {}

  get size(): number {
    let size = 0;
    for (const { sessions } of this.topics.values()) size += sessions.size;
    for (const { sessions } of this.former) size += sessions.size;
    return size;
  }

  item(feed: TopicFeed, session: string): Collected {
    const topic = this.topic(feed, feed.epoch);
    topic.witness = newerOf(topic.witness, feed.anchor);
    this.run();
    return itemOf(topic, session);
  }

  resent(sent: Sent): void {
    this.sends.push(sent);
    this.run();
  }

  async flushed(): Promise<void> {
    await this.running;
  }

  private topic(feed: TopicFeed, epoch: string): CollectedTopic {
    const gathering = this.topics.get(feed);
    if (gathering?.epoch === epoch) return gathering;
    if (gathering) this.former.push(gathering);
    const topic = { feed, epoch, sessions: new Map<string, Collected>() };
    this.topics.set(feed, topic);
    return topic;
  }

  private get isEmpty(): boolean {
    return this.topics.size === 0 && this.former.length === 0;
  }

  private run(): void {
    // A turn of the event loop gathers what arrives together.
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
        if (sends.length > 0) await this.acks.attempted(sends);
        if (batch.length > 0) await this.store(batch);
      } catch (error) {
        this.logger.debug({ msg: 'Acks wait for Redis', topics: batch.length, error: String(error) });
        for (const topic of batch) this.keep(topic);
        return;
      }
    }
  }

  /** Up to `MAX_SESSIONS` of what has gathered; of a wide topic only a part. */
  private take(): CollectedTopic[] {
    const all = [...this.former, ...this.topics.values()];
    // Fresh ones rather than emptied: see `InFlight`.
    this.former = [];
    this.topics = new Map();
    const batch: CollectedTopic[] = [];
    let room = MAX_SESSIONS;
    for (const topic of all) {
      if (topic.sessions.size <= room) {
        batch.push(topic);
        room -= topic.sessions.size;
        continue;
      }
      if (room > 0) batch.push({ ...topic, sessions: taken(topic.sessions, room) });
      room = 0;
      this.former.push(topic);
    }
    return batch;
  }

  private async store(batch: readonly CollectedTopic[]): Promise<void> {
    const outcomes = await this.acks.ack(
      batch.map(({ feed, epoch, witness, sessions }) => ({
        name: feed.name,
        epoch,
        ...(witness && { witness }),
        sessions: [...sessions].map(([session, { upTo, offsets = NO_OFFSETS }]) => ({
          session,
          offsets,
          ...(upTo !== undefined && { upTo }),
        })),
      })),
    );
    batch.forEach(({ feed, sessions }, index) => {
      const unstored = outcomes[index];
      let place = 0;
      for (const { waiting } of sessions.values()) {
        const outcome = unstored?.get(place++) ?? 'stored';
        if (outcome === 'stale' || outcome === 'above_head') feed.suspect();
        if (waiting) for (const told of waiting) told(outcome);
      }
    });
  }

  /** Puts acks back that Redis did not take; what came meanwhile is joined with them. */
  private keep({ feed, epoch, witness, sessions }: CollectedTopic): void {
    const kept = this.topic(feed, epoch);
    kept.witness = newerOf(kept.witness, witness);
    for (const [session, { upTo, offsets, waiting }] of sessions) {
      const item = itemOf(kept, session);
      if (upTo !== undefined) item.upTo = Math.max(item.upTo ?? 0, upTo);
      if (offsets) addOffsets(item, offsets);
      if (waiting) item.waiting = [...waiting, ...(item.waiting ?? [])];
    }
  }
}

function itemOf({ sessions }: CollectedTopic, session: string): Collected {
  let item = sessions.get(session);
  if (!item) {
    item = {};
    sessions.set(session, item);
  }
  return item;
}

const newerOf = (a: Seen | undefined, b: Seen | undefined): Seen | undefined =>
  (b?.offset ?? 0) > (a?.offset ?? 0) ? b : a;

export function addOffsets(item: Collected, offsets: Iterable<number>): void {
  item.offsets ??= new Set();
  for (const offset of offsets) item.offsets.add(offset);
}

/** Takes out the first so many. */
function taken(sessions: Map<string, Collected>, count: number): Map<string, Collected> {
  const some = new Map<string, Collected>();
  for (const [session, item] of sessions) {
    if (some.size === count) break;
    some.set(session, item);
    sessions.delete(session);
  }
  return some;
}
