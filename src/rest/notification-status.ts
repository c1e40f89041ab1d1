import type { NotificationState, NotificationStatus } from '../contract/notification-answers.schema.js';
import type { DraftNotes } from '../publish/notification-draft.js';
import type { Delivery } from '../topic/receipts.service.js';
import { topicOf } from '../topic/topic-namespaces.js';
import type { FoundNotification } from './notification-finder.js';

/** State of a notification, derived from the states of its deliveries. */
function stateOf({ deliveries, stored }: FoundNotification): NotificationState {
  if (stored?.state === 'cancelled') return 'cancelled';
  if (stored && stored.state !== 'accepted' && deliveries.length === 0) return 'scheduled';
  const has = (state: Delivery['state']): boolean => deliveries.some((delivery) => delivery.state === state);
  if (has('pending') || has('unguarded')) return 'accepted';
  if (has('dead')) return 'dead';
  if (has('expired')) return 'expired';
  return has('acked') ? 'acknowledged' : 'cancelled';
}

/** Status of a notification for REST. */
export function statusOf(id: string, found: FoundNotification): NotificationStatus {
  const { deliveries, stored } = found;
  const state = stateOf(found);
  const [first] = deliveries;
  const draft = stored?.draft;
  const notes = notesOf(found);
  const sum = (count: (delivery: Delivery) => number): number =>
    deliveries.reduce((total, delivery) => total + count(delivery), 0);
  const refused = sum((delivery) => delivery.refused);
  const left = sum((delivery) => delivery.left);
  const createdAtMs = draft?.createdAtMs ?? first?.createdAtMs ?? 0;
  const scheduled = draft !== undefined && draft.releaseAtMs > draft.createdAtMs;
  const history = [{ state: scheduled ? 'scheduled' : 'accepted', at: timeText(createdAtMs) }];
  if (scheduled && first) history.push({ state: 'accepted', at: timeText(first.createdAtMs) });
  const endedAtMs = stored?.state === 'cancelled' ? stored.endedAtMs : lastEnd(deliveries);
  if (state !== 'accepted' && state !== 'scheduled' && endedAtMs) history.push({ state, at: timeText(endedAtMs) });
  return {
    id,
    state,
    type: draft?.type ?? first?.type ?? '',
    createdAt: timeText(createdAtMs),
    expiresAt: timeText(draft?.expiresAtMs ?? first?.expiresAtMs ?? 0),
    ...(scheduled && { deliverAt: timeText(draft.releaseAtMs) }),
    targets:
      deliveries.length > 0
        ? deliveries.map(({ name, offset, epoch, online }) => ({ topic: topicOf(name), offset, epoch, online }))
        : (draft?.topics ?? []).map((topic) => ({ topic })),
    recipients: {
      total: sum(({ total }) => total),
      acked: sum(({ acked }) => acked),
      pending: sum(({ pending }) => pending),
      ...(refused > 0 && { refused }),
      ...(left > 0 && { left }),
    },
    attempts: Math.max(0, ...deliveries.map(({ attempts }) => attempts)),
    history,
    ...(notes.metadata && { metadata: notes.metadata }),
    ...(notes.replayOf !== undefined && { replayOf: notes.replayOf }),
    ...(notes.correlationId !== undefined && { correlationId: notes.correlationId }),
    ...(notes.trace && { traceparent: notes.trace.traceparent }),
  };
}

/** Data for status answers, given by the publisher. */
export function notesOf({ deliveries: [first], stored }: FoundNotification): DraftNotes {
  // The JSON that `appendOf` wrote.
  return stored?.draft ?? (first?.metadata ? (JSON.parse(first.metadata) as DraftNotes) : {});
}

const timeText = (ms: number): string => new Date(ms).toISOString();

function lastEnd(deliveries: readonly Delivery[]): number {
  return Math.max(0, ...deliveries.map(({ endedAtMs }) => endedAtMs ?? 0));
}
