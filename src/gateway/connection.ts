import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Identity } from '../auth/authenticator.port.js';
import type { PostriderError } from '../errors/postrider.error.js';
import { FrameBudget, type FrameLimits } from './frame.budget.js';
import { type FrameId, eventText, textFrame } from './frame.codec.js';
import type { Outlet } from './outlet.js';
import type { Subscription } from './subscription.js';
import type { Reader } from './told.gaps.js';

export interface ConnectionLimits extends FrameLimits {
  /** Unsent bytes above which notifications wait in their log. */
  readonly bufferBytes: number;
  /** Unsent bytes above which the socket is closed (4413). */
  readonly hardBufferBytes: number;
}

/** The session that a connection holds. */
export interface HeldSession {
  readonly id: string;
  generation: number;
  /** It is older than this connection. */
  readonly resumed: boolean;
}

/** Sent before a close by the server. */
export interface Goodbye {
  readonly code: number;
  readonly reason: string;
  readonly reconnect: boolean;
  readonly retryAfterMs: number;
}

/** Ids of a connection's owner, for log lines. */
export interface ConnectionIds {
  readonly app?: string | undefined;
  readonly user?: string | undefined;
  readonly session?: string | undefined;
}

/** Gives the answer of a request in its turn; without an event there is none. */
export type Answer = (event?: string, data?: object, id?: FrameId) => void;

/** A place in the order of answers; `undefined` until the answer is there, '' for none. */
interface Slot {
  text?: string;
}

const PING = textFrame(eventText('ping', undefined));

/** One socket: what is on its way out, who is behind it and what it is subscribed to. */
export class Connection {
  identity?: Identity;
  session?: HeldSession;
  /** Version of the list of revocations by which its token was last judged. */
  judgedAtVersion?: number | undefined;
  /** Most unacknowledged notifications of a topic. */
  window: number;
  readonly subscriptions = new Map<string, Subscription>();
  /** Subscribes under way, so that a burst cannot pass the limit. */
  joining = 0;
  readonly budget: FrameBudget;
  /** Not read, because it sent too much. */
  throttled = false;
  malformed = 0;
  closed = false;
  /** The code with which it was sent away; a silent peer never repeats it. */
  closeCode?: number;
  /** Taken over or ended: whatever happens next does not touch the session. */
  released = false;
  /** When its client asked for a session, by the clock of Redis, as far as it is known. */
  askedAtMs?: number | undefined;
  readonly openedAtMs = performance.now();
  seenAtMs = performance.now();
  pingedAtMs = performance.now();
  /** Requests run one after another. */
  tail: Promise<void> = Promise.resolve();

  private pings = 0;
  private pongs = 0;
  /** Topics by the ping before whose answer nothing is acknowledged in them. */
  private fences?: Map<string, number>;
  /** Told once the ping `askedBy` is answered, and those that came too late for it. */
  private asked?: ReadonlySet<Reader> | undefined;
  private askedBy = 0;
  private toAsk?: Set<Reader> | undefined;
  private readonly slots: Slot[] = [];
  private frames: Buffer[] = [];
  private queuedBytes = 0;
  private waitsForDrain = false;

  constructor(
    readonly ws: WebSocket,
    private readonly socket: Socket,
    private readonly limits: ConnectionLimits,
    private readonly outlet: Outlet,
    window: number,
  ) {
    this.window = window;
    this.budget = new FrameBudget(limits);
  }

  /** True while notifications may be sent. Otherwise the subscriptions are pumped once there is room again. */
  get writable(): boolean {
    if (this.closed) return false;
    if (this.unsentBytes <= this.limits.bufferBytes) return true;
    if (!this.waitsForDrain) {
      this.waitsForDrain = true;
      this.socket.once('drain', () => {
        this.waitsForDrain = false;
        for (const subscription of this.subscriptions.values()) subscription.pump();
      });
    }
    return false;
  }

  get unsentBytes(): number {
    return this.queuedBytes + this.socket.writableLength;
  }

  get ids(): ConnectionIds {
    return { app: this.identity?.app, user: this.identity?.user, session: this.session?.id };
  }

  /** How many requests wait for their answer. */
  get unanswered(): number {
    return this.slots.length;
  }

  ping(): void {
    this.pings++;
    this.pingedAtMs = performance.now();
    this.write(PING);
  }

  ponged(): void {
    if (this.pongs < this.pings) this.pongs++;
    const { asked } = this;
    if (!asked || this.pongs < this.askedBy) return;
    this.asked = undefined;
    for (const reader of asked) reader.read();
    this.ask();
  }

  /** Tells the reader when the client has read everything sent so far. One ping asks for all that wait. */
  whenRead(reader: Reader): void {
    this.toAsk = (this.toAsk ?? new Set()).add(reader);
    this.ask();
  }

  private ask(): void {
    if (this.asked || !this.toAsk) return;
    this.asked = this.toAsk;
    this.toAsk = undefined;
    this.ping();
    this.askedBy = this.pings;
  }

  /** Voids acknowledgements of a topic until the client has answered a ping that is sent now. */
  fence(topic: string): void {
    this.ping();
    this.fences = (this.fences ?? new Map<string, number>()).set(topic, this.pings);
  }

  isFenced(topic: string): boolean {
    const fence = this.fences?.get(topic);
    if (fence === undefined) return false;
    if (this.pongs < fence) return true;
    this.fences?.delete(topic);
    return false;
  }

  send(event: string, data?: object, id?: FrameId): void {
    this.write(textFrame(eventText(event, data, id)));
  }

  sendError(error: PostriderError, id?: FrameId): void {
    this.send('error', errorData(error, id), id);
  }

  write(frame: Buffer): void {
    if (this.closed) return;
    if (this.frames.length === 0) this.outlet.add(this);
    this.frames.push(frame);
    this.queuedBytes += frame.length;
    if (this.unsentBytes > this.limits.hardBufferBytes) {
      this.frames = [];
      this.queuedBytes = 0;
      this.close({ code: 4413, reason: 'send buffer over its limit', reconnect: true, retryAfterMs: 0 }, false);
    }
  }

  flush(): void {
    const { frames, socket } = this;
    if (frames.length === 0) return;
    this.outlet.wrote(frames.length, this.queuedBytes);
    this.frames = [];
    this.queuedBytes = 0;
    if (socket.destroyed) return;
    const [only] = frames;
    if (frames.length === 1 && only) {
      socket.write(only);
      return;
    }
    socket.cork();
    for (const frame of frames) socket.write(frame);
    socket.uncork();
  }

  /** Reserves the next place in the order of answers. The function given back fills it, with nothing where none is due. */
  reserve(): Answer {
    const slot: Slot = {};
    this.slots.push(slot);
    return (event, data, id) => {
      slot.text = event === undefined ? '' : eventText(event, data, id);
      while (this.slots[0]?.text !== undefined) {
        const text = this.slots.shift()?.text;
        if (text) this.write(textFrame(text));
      }
      if (this.ws.isPaused && this.slots.length === 0 && !this.throttled) this.ws.resume();
    };
  }

  /** Says goodbye and closes; frames already handed over go out first. */
  close(goodbye: Goodbye, polite = true): void {
    if (this.closed) return;
    if (polite) this.send('goodbye', goodbye);
    this.flush();
    this.closed = true;
    this.closeCode = goodbye.code;
    this.ws.close(goodbye.code, goodbye.reason);
  }
}

export function errorData(error: PostriderError, id?: FrameId): object {
  const { code, detail, retryable, field } = error;
  return { code, message: detail, retryable, ...(field !== undefined && { field }), ...(id !== undefined && { id }) };
}
