import type { Ledger } from '../support/ledger.js';
import { duration, percentile } from './clock.js';

/** Notification on its way to one client. */
export interface Push {
  mark: string;
  client: string;
  /** Times when it was first sent to the server, and when the server had answered. */
  sentAtMs: number;
  acceptedAtMs: number;
  /** Time when it first reached the application. */
  handledAtMs: number;
  /** Time of its redelivery, if there was one. */
  againAtMs?: number;
}

/** Returns the pushes that arrived, in order of arrival. */
export function pushesOf({ publications, deliveries }: Ledger): Push[] {
  const sent = new Map(publications.map((publication) => [publication.mark, publication]));
  const pushes = new Map<string, Push>();
  for (const { mark = '', client, outcome, atMs = 0 } of deliveries) {
    const { startedAtMs, endedAtMs = Infinity } = sent.get(mark) ?? {};
    if (startedAtMs === undefined) continue;
    const key = `${mark} ${client}`;
    const known = pushes.get(key);
    if (outcome === 'handled') {
      pushes.set(key, { mark, client, sentAtMs: startedAtMs, acceptedAtMs: endedAtMs, handledAtMs: atMs });
    } else if (known) known.againAtMs ??= atMs;
  }
  return [...pushes.values()];
}

/**
 * Formats the latency from the publisher's request to the client's application, as `p50 3 ms, p99
 * 20 ms`.
 */
export function latency(pushes: readonly Push[]): string {
  const took = pushes.map(({ sentAtMs, handledAtMs }) => handledAtMs - sentAtMs);
  return `p50 ${duration(percentile(took, 0.5))}, p99 ${duration(percentile(took, 0.99))}`;
}
