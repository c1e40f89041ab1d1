import { serverFrameFault } from './frame-fault.js';

/** Frames of docs/protocol.md, as a client receives them. */
export interface Frame<T = unknown> {
  event: string;
  data: T;
  id?: string | number;
}

export interface Welcome {
  session: string;
  user: string;
  node: string;
  resumed: boolean;
  heartbeatMs: number;
  timeoutMs: number;
  sessionTtlMs: number;
  window: number;
  maxFrameBytes: number;
  serverTimeMs: number;
  expiresAt: string;
}

export interface Subscribed {
  topic: string;
  epoch: string;
  offset: number;
  cursor: number;
  recovered: boolean;
}

export interface Notification {
  topic: string;
  offset: number;
  epoch: string;
  id: string;
  type: string;
  data: unknown;
  at: string;
  expiresAt?: string;
  attempt: number;
  correlationId?: string;
  traceparent?: string;
  tracestate?: string;
}

export interface Gap {
  topic: string;
  from: number;
  to: number;
  reason: 'expired' | 'trimmed' | 'cancelled' | 'dead' | 'reset';
}

export interface Goodbye {
  code: number;
  reason: string;
  reconnect: boolean;
  retryAfterMs: number;
}

export interface ErrorFrame {
  code: string;
  message: string;
  retryable: boolean;
  id?: string | number;
}

/**
 * Parses a text frame, which holds one object or an array of them.
 * @throws Error if a frame is not as documented, in any test.
 */
export function parseFrames(text: string): Frame[] {
  const parsed: unknown = JSON.parse(text);
  const frames: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  for (const frame of frames) {
    const fault = serverFrameFault(frame);
    if (fault !== undefined) throw new Error(`the server sent what is not documented: ${fault}; ${text.slice(0, 500)}`);
  }
  return frames as Frame[];
}
