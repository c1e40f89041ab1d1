import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** Metrics of one process, as its registry returns them. */
export type Figures = readonly MetricObjectWithValues<MetricValue<string>>[];

/** Messages between the processes of one machine. */
export type ProcessMessage =
  /** To the parent: ready for traffic. */
  | { readonly postrider: 'ready' }
  /** To the parent: requests the sum of the metrics of all processes. */
  | { readonly postrider: 'sum'; readonly id: number }
  /** Answer to `sum`. */
  | { readonly postrider: 'summed'; readonly id: number; readonly text: string }
  /** To a process: requests its metrics. */
  | { readonly postrider: 'count'; readonly id: number }
  /** Answer to `count`; without an id, the final metrics of a process that stops. */
  | { readonly postrider: 'counted'; readonly id?: number; readonly figures: Figures }
  /** To a process: its successor is ready. */
  | { readonly postrider: 'retire' };

/** @returns undefined for messages of others on the same channel. */
export function readMessage(message: unknown): ProcessMessage | undefined {
  if (typeof message !== 'object' || message === null || !('postrider' in message)) return undefined;
  return message as ProcessMessage;
}
