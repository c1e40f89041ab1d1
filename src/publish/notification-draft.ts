import type { Place } from '../contract/json/json-reader.js';
import type { TraceContext } from '../observability/tracing.js';
import type { AckPolicy, Priority } from '../contract/terms.js';
import type { Append } from '../topic/log-scripts.js';

/** A notification as decided upon, before it has an id: everything that is not given has been filled in. */
export interface Draft {
  readonly app: string;
  readonly topics: readonly string[];
  readonly type: string;
  /** `data` as the publisher wrote it, on one line; nothing on its way to the sockets parses it. */
  readonly data: string;
  /** Given by the publisher; each topic has a default of its own. */
  readonly policy?: AckPolicy;
  readonly ackWaitMs: number;
  readonly maxAttempts: number;
  readonly createdAtMs: number;
  /** When it goes into the logs: at once, or as scheduled. */
  readonly releaseAtMs: number;
  readonly expiresAtMs: number;
  readonly priority?: Priority;
  readonly collapseKey?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Id of the notification whose dead letter this one sends again. */
  readonly replayOf?: string;
  /** What the publisher calls the work that it belongs to. */
  readonly correlationId?: string;
  /** Its accept, where that is traced. */
  readonly trace?: TraceContext;
}

/** What only status answers show, as kept in the record of a single delivery. */
export interface DraftNotes {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly replayOf?: string;
  readonly correlationId?: string;
  readonly trace?: TraceContext;
}

/** Where data is in what `appendOf` has put together. */
export const CONTENT: Place = { members: { data: 'text' } };

/** The entry of one target. `single`: its record answers for the whole notification. */
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

/** What a frame has beside type and data; `traceOf` looks for the traceparent at the end. */
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
