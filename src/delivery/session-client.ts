import type { GoodbyeDetails, GoodbyeMeaning } from '../contract/goodbyes.js';
import type { GapReason } from '../contract/terms.js';
import type { FeedEntry, TopicFeed } from './topic-feed.js';

/** Waits until a client has read everything sent so far. */
export interface Reader {
  read(): void;
}

/** Offsets of a topic that will never come. */
export interface Gap {
  readonly topic: string;
  readonly from: number;
  readonly to: number;
  readonly reason: GapReason;
}

/** State of a topic when a session joins it. */
export interface Subscribed {
  readonly topic: string;
  readonly epoch: string;
  /** Head of the topic. */
  readonly offset: number;
  /** Everything after this offset is sent. */
  readonly cursor: number;
  /** True if nothing is missing between cursor and head. */
  readonly recovered: boolean;
}

/**
 * Port: client of a session, as delivery sees it. Its methods are the events of the protocol; the
 * implementation decides how to encode them and over which kind of connection.
 */
export interface SessionClient {
  /** Maximum unacknowledged notifications per topic. */
  readonly window: number;
  /**
   * True if a notification may be sent now. Otherwise the subscriptions are pumped once there is
   * room.
   */
  readonly writable: boolean;
  /**
   * Sends an entry of a feed.
   * @param attempt 1 is certainly the first delivery to this session.
   */
  notify(feed: TopicFeed, offset: number, entry: FeedEntry, attempt: number): void;
  gap(gap: Gap): void;
  subscribed(subscribed: Subscribed): void;
  /** Calls the reader once the client has read everything sent so far. */
  whenRead(reader: Reader): void;
  /** Voids acks of a topic until the client has read everything sent so far. */
  fence(topic: string): void;
  goodbye(meaning: GoodbyeMeaning, details?: GoodbyeDetails): void;
}
