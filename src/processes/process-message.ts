import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** The metrics of one process, as its registry gives them. */
export type Figures = readonly MetricObjectWithValues<MetricValue<string>>[];

/** What the processes of one machine say to each other. */
export type ProcessMessage =
  /** To the parent: ready for traffic. */
  | { readonly postrider: 'ready' }
  /** To the parent: somebody asks this process for what all have counted. */
  | { readonly postrider: 'sum'; readonly id: number }
  /** The answer to `sum`. */
  | { readonly postrider: 'summed'; readonly id: number; readonly text: string }
  /** To a process: what have you counted? */
  | { readonly postrider: 'count'; readonly id: number }
  /** The answer to `count`; without an id the last words of a process that ends. */
  | { readonly postrider: 'counted'; readonly id?: number; readonly figures: Figures }
  /** To a process: its successor is ready. */
  | { readonly postrider: 'retire' };

/** @returns undefined for what others send over the same pipe. */
export function readMessage(message: unknown): ProcessMessage | undefined {
  if (typeof message !== 'object' || message === null || !('postrider' in message)) return undefined;
  return message as ProcessMessage;
}
