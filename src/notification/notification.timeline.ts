import type { Delivery } from '../topic/receipts.service.js';
import { topicOf } from '../topic/topic.namespaces.js';
import type { TimelineEvent } from './answer.schema.js';
import type { StoredNotification } from './notification.store.js';

const END_EVENTS: Readonly<Partial<Record<Delivery['state'], TimelineEvent['event']>>> = {
  acked: 'acknowledged',
  expired: 'expired',
  cancelled: 'cancelled',
  dead: 'dead',
};
/** Reasons that say no more than their event. */
const PLAIN_REASONS = new Set(['expired', 'cancelled']);

interface TimedEvent extends Omit<TimelineEvent, 'at'> {
  atMs: number;
}

/** What happened to a notification in all of its topics, oldest first. */
export function timelineOf(found: {
  readonly deliveries: readonly Delivery[];
  readonly stored?: StoredNotification;
}): TimelineEvent[] {
  const events = [...recordEvents(found.stored), ...found.deliveries.flatMap(deliveryEvents)];
  return events
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, ...event }) => ({ at: new Date(atMs).toISOString(), ...event }));
}

function recordEvents(stored: StoredNotification | undefined): TimedEvent[] {
  if (!stored) return [];
  const { draft, state, endedAtMs } = stored;
  const scheduled: TimedEvent[] =
    draft.releaseAtMs > draft.createdAtMs ? [{ atMs: draft.createdAtMs, event: 'scheduled' }] : [];
  if (state === 'cancelled' && endedAtMs !== undefined) scheduled.push({ atMs: endedAtMs, event: 'cancelled' });
  return scheduled;
}

function deliveryEvents({ name, state, createdAtMs, endedAtMs, reason, notes }: Delivery): TimedEvent[] {
  const topic = topicOf(name);
  const events: TimedEvent[] = [{ atMs: createdAtMs, event: 'accepted', topic }];
  for (const note of notes) events.push({ topic, ...note });
  const event = END_EVENTS[state];
  if (event && endedAtMs !== undefined) {
    events.push({ atMs: endedAtMs, event, topic, ...(reason && !PLAIN_REASONS.has(reason) && { reason }) });
  }
  return events;
}
