import type { GoodbyeDetails, GoodbyeMeaning } from '../contract/goodbyes.js';
import type { GapReason } from '../contract/terms.js';
import type { FeedEntry, TopicFeed } from './topic-feed.js';

/** Waits until a client has read what it was sent. */
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

/** A topic as a session joins it. */
export interface Subscribed {
  readonly topic: string;
  readonly epoch: string;
  /** Head of the topic. */
  readonly offset: number;
  /** Everything after it is sent. */
  readonly cursor: number;
  /** Nothing is missing between cursor and head. */
  readonly recovered: boolean;
}

/**
 * Port: the client of a session, as delivery speaks to it. It says what happens in the words of the protocol; how that is
 * written, and on what kind of connection, is the business of whoever implements it.
 */
export interface SessionClient {
  /** Most unacknowledged notifications of a topic. */
  readonly window: number;
  /** Whether a notification may be sent now. If not, the subscriptions are pumped once there is room again. */
  readonly writable: boolean;
  /** Sends an entry of a feed. @param attempt 1 is certainly the first delivery to this session. */
  notify(feed: TopicFeed, offset: number, entry: FeedEntry, attempt: number): void;
  gap(gap: Gap): void;
  subscribed(subscribed: Subscribed): void;
  /** Calls the reader once the client has read everything sent so far. */
  whenRead(reader: Reader): void;
  /** Voids acknowledgements of a topic until the client has read everything sent so far. */
  fence(topic: string): void;
  goodbye(meaning: GoodbyeMeaning, details?: GoodbyeDetails): void;
}
