import type { Place } from '../contract/json/json-reader.js';
import type { TraceContext } from '../observability/tracing.js';
import type { AckPolicy, Priority } from '../contract/terms.js';
import type { Append } from '../topic/log-scripts.js';

/** Notification before it has an id, with all defaults filled in. */
export interface Draft {
  readonly app: string;
  readonly topics: readonly string[];
  readonly type: string;
  /** `data` as the publisher wrote it, on one line; nothing on its way to the sockets parses it. */
  readonly data: string;
  /** Policy from the publisher; each topic has its own default. */
  readonly policy?: AckPolicy;
  readonly ackWaitMs: number;
  readonly maxAttempts: number;
  readonly createdAtMs: number;
  /** When it is appended to the logs: now, or at the scheduled time. */
  readonly releaseAtMs: number;
  readonly expiresAtMs: number;
  readonly priority?: Priority;
  readonly collapseKey?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Notification whose dead letter this one replays. */
  readonly replayOf?: string;
  /** Correlation id of the publisher. */
  readonly correlationId?: string;
  /** Accept span, if it is traced. */
  readonly trace?: TraceContext;
}

/** Data for status answers only, kept in the record of a single delivery. */
export interface DraftNotes {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly replayOf?: string;
  readonly correlationId?: string;
  readonly trace?: TraceContext;
}

/** Place of the data in the text that `appendOf` builds. */
export const CONTENT: Place = { members: { data: 'text' } };

/**
 * Entry for one target.
 * @param single true if its record answers for the whole notification.
 */
export function appendOf(id: string, draft: Draft, policy: AckPolicy, single: boolean): Append {
  const { type, data, releaseAtMs, expiresAtMs, ackWaitMs, maxAttempts, collapseKey, priority } = draft;
  const notes = single ? notesOf(draft) : undefined;
  return {
    id,
    policy,
    atMs: releaseAtMs,
    expiresAtMs,
    ackWaitMs,
    maxAttempts,
    body: `"type":${JSON.stringify(type)},"data":${data}${marksOf(draft)}`,
    ...(collapseKey !== undefined && { collapseKey }),
    ...(single && { type }),
    ...(priority !== undefined && { priority }),
    ...(notes !== undefined && { metadata: notes }),
  };
}

/** Fields of a frame besides type and data; `traceOf` looks for the traceparent at the end. */
function marksOf({ correlationId, trace }: Draft): string {
  const correlated = correlationId === undefined ? '' : `,"correlationId":${JSON.stringify(correlationId)}`;
  if (trace === undefined) return correlated;
  const state = trace.tracestate === undefined ? '' : `,"tracestate":${JSON.stringify(trace.tracestate)}`;
  return `${correlated}${state},"traceparent":"${trace.traceparent}"`;
}

function notesOf({ metadata, replayOf, correlationId, trace }: Draft): string | undefined {
  if (!metadata && !trace && replayOf === undefined && correlationId === undefined) return undefined;
  return JSON.stringify({ metadata, replayOf, correlationId, trace } satisfies DraftNotes);
}
