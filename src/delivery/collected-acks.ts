import type { AckOutcome } from '../topic/ack-status.js';
import type { Landmark } from '../topic/topic-acks.js';
import type { TopicFeed } from './topic-feed.js';

/** `dropped`: Redis would never take it. */
export type StoreOutcome = AckOutcome | 'dropped';
export type OnStored = (outcome: StoreOutcome) => void;

/** What one session has acknowledged and Redis does not have yet. */
export interface Collected {
  upTo?: number;
  /** Up to here it has acknowledged everything, or knows that it will not come. */
  settled: number;
  offsets?: Set<number>;
  waiting?: OnStored[];
}

/** What the sessions of a topic have acknowledged under one numbering. */
export interface CollectedTopic {
  readonly feed: TopicFeed;
  readonly epoch: string;
  /** What the topic had been seen to hold when the newest of them came. */
  landmark?: Landmark;
  readonly sessions: Map<string, Collected>;
  /** Whether any session has single offsets. */
  hasOffsets: boolean;
}

/** What one call may still take. */
export interface Room {
  sessions: number;
  offsets: number;
}

/** Single offsets of one session in one call: whoever has more waits for the others. */
const MAX_OFFSETS_OF_SESSION = 128;

export function itemOf({ sessions }: CollectedTopic, session: string): Collected {
  let item = sessions.get(session);
  if (!item) {
    item = { settled: 0 };
    sessions.set(session, item);
  }
  return item;
}

/** @returns how many were new. */
export function addOffsets(topic: CollectedTopic, item: Collected, offsets: Iterable<number>): number {
  topic.hasOffsets = true;
  const known = (item.offsets ??= new Set());
  const before = known.size;
  for (const offset of offsets) known.add(offset);
  return known.size - before;
}

/**
 * Takes out as much of a topic as there is room for: all of it, or a part, then the topic keeps the rest.
 * @returns undefined where there is room for nothing.
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
  // Behind those that had no turn yet.
  for (const [session, rest] of rests) sessions.set(session, rest);
  if (part.sessions.size === 0) return undefined;
  return part;
}

/** Whoever waits is settled when the last of it is stored. */
function divided({ upTo, settled, offsets = new Set(), waiting }: Collected, most: number): [Collected, Collected] {
  const all = [...offsets];
  return [
    { ...(upTo !== undefined && { upTo }), settled, offsets: new Set(all.slice(0, most)) },
    { settled, offsets: new Set(all.slice(most)), ...(waiting && { waiting }) },
  ];
}
