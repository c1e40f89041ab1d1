import type { Delivery } from '../topic/receipts.service.js';
import { topicOf } from '../topic/topic-namespaces.js';
import type { TimelineEvent } from '../contract/receipt-answers.schema.js';
import type { StoredNotification } from '../publish/notification-store.js';
import type { FoundNotification } from './notification-finder.js';

const END_EVENTS: Readonly<Partial<Record<Delivery['state'], TimelineEvent['event']>>> = {
  acked: 'acknowledged',
  expired: 'expired',
  cancelled: 'cancelled',
  dead: 'dead',
};
/** Reasons that add nothing to their event. */
const PLAIN_REASONS = new Set(['expired', 'cancelled']);

interface TimedEvent extends Omit<TimelineEvent, 'at'> {
  atMs: number;
}

/** Events of a notification in all of its topics, oldest first. */
export function timelineOf({ stored, deliveries }: FoundNotification): TimelineEvent[] {
  const events = [...recordEvents(stored), ...deliveries.flatMap(deliveryEvents)];
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

function deliveryEvents(delivery: Delivery): TimedEvent[] {
  const { name, policy, createdAtMs, online, notes } = delivery;
  const topic = topicOf(name);
  const guarded = policy !== 'none';
  const accepted: TimedEvent = { atMs: createdAtMs, event: 'accepted', topic, online, guarded };
  return [accepted, ...notes.map((note) => ({ topic, ...note })), ...endEvents(topic, delivery)];
}

function endEvents(topic: string, delivery: Delivery): TimedEvent[] {
  const { state, endedAtMs, endedBy, reason, attempts, acked, ackedLate, total } = delivery;
  const event = END_EVENTS[state];
  if (!event || endedAtMs === undefined) return [];
  return [
    {
      atMs: endedAtMs,
      event,
      topic,
      ...(attempts > 0 && { attempt: attempts }),
      ...(endedBy !== undefined && { session: endedBy }),
      acked: acked - ackedLate,
      recipients: total,
      ...(reason && !PLAIN_REASONS.has(reason) && { reason }),
    },
  ];
}
