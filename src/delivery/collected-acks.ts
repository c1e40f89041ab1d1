import type { AckOutcome } from '../topic/ack-status.js';
import type { Landmark, SessionAck, TopicAck } from '../topic/topic-acks.js';
import type { TopicFeed } from './topic-feed.js';

/** Outcome of an ack; `dropped`: Redis can never accept it. */
export type StoreOutcome = AckOutcome | 'dropped';
export type OnStored = (outcome: StoreOutcome) => void;

/** Unstored acks of one session. */
export interface Collected extends SessionAck {
  upTo?: number;
  /** Everything up to this offset is acknowledged, or known never to come. */
  settled: number;
  offsets?: Set<number>;
  waiting?: OnStored[];
}

/** Unstored acks of the sessions of a topic under one epoch. */
export interface CollectedTopic extends TopicAck {
  readonly feed: TopicFeed;
  /** State of the log when the newest of them arrived. */
  landmark?: Landmark;
  readonly sessions: Map<string, Collected>;
  /** True if any session has selective acks. */
  hasOffsets: boolean;
}

/** Remaining capacity of one call. */
export interface Room {
  sessions: number;
  offsets: number;
}

/** Maximum selective acks of one session in a call, so that one session cannot block the others. */
const MAX_OFFSETS_OF_SESSION = 128;

export function itemOf({ sessions }: CollectedTopic, session: string): Collected {
  let item = sessions.get(session);
  if (!item) {
    item = { settled: 0 };
    sessions.set(session, item);
  }
  return item;
}

/** @returns the number of new offsets. */
export function addOffsets(topic: CollectedTopic, item: Collected, offsets: Iterable<number>): number {
  topic.hasOffsets = true;
  const known = (item.offsets ??= new Set());
  const before = known.size;
  for (const offset of offsets) known.add(offset);
  return known.size - before;
}

/**
 * Takes as much of a topic as there is room for; the topic keeps the rest.
 * @returns undefined if there is room for nothing.
 */
export function takeOut(topic: CollectedTopic, room: Room): CollectedTopic | undefined {
  const { sessions } = topic;
  if (!topic.hasOffsets && sessions.size <= room.sessions) {
    room.sessions -= sessions.size;
    return topic;
  }
  const part: CollectedTopic = { ...topic, sessions: new Map() };
  const rests: [string, Collected][] = [];
  for (const [session, item] of sessions) {
    if (room.sessions === 0) break;
    const size = item.offsets?.size ?? 0;
    const most = Math.min(size, room.offsets, MAX_OFFSETS_OF_SESSION);
    if (size > 0 && most === 0) continue;
    room.sessions--;
    room.offsets -= most;
    sessions.delete(session);
    const [first, rest] = size === most ? [item] : divided(item, most);
    part.sessions.set(session, first);
    if (rest) rests.push([session, rest]);
  }
  // After the sessions that had no turn yet.
  for (const [session, rest] of rests) sessions.set(session, rest);
  if (part.sessions.size === 0) return undefined;
  return part;
}

/** Splits the acks of a session; waiting callers are notified with the last part. */
function divided({ upTo, settled, offsets = new Set(), waiting }: Collected, most: number): [Collected, Collected] {
  const all = [...offsets];
  return [
    { ...(upTo !== undefined && { upTo }), settled, offsets: new Set(all.slice(0, most)) },
    { settled, offsets: new Set(all.slice(most)), ...(waiting && { waiting }) },
  ];
}
