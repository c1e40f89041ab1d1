import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Identity } from '../auth/authenticator.port.js';
import type { FrameId } from '../contract/client-frames.js';
import { type GoodbyeDetails, type GoodbyeMeaning, goodbyeOf } from '../contract/goodbyes.js';
import { PostriderError } from '../contract/postrider-error.js';
import type { ServerEvent } from '../contract/server-frames.js';
import type { Gap, Reader, SessionClient, Subscribed } from '../delivery/session-client.js';
import type { SessionTopics } from '../delivery/session-topics.js';
import type { FeedEntry, TopicFeed } from '../delivery/topic-feed.js';
import type { HeldSession } from '../session/held-session.js';
import { type Answer, AnswerQueue, type AnswerSink } from './answer-queue.js';
import { type Effect, type Happening, OPEN_STATES, type State, TRANSITIONS } from './connection-machine.js';
import { FrameBudget, type FrameLimits } from './frame-budget.js';
import { eventText, notificationFrame, textFrame } from './frame-codec.js';
import type { Outlet } from './outlet.js';
import { type PingSender, ReadProbe } from './read-probe.js';
import { SendBuffer } from './send-buffer.js';

export interface ConnectionLimits extends FrameLimits {
  /** Unsent bytes above which notifications wait in their log. */
  readonly bufferBytes: number;
  /** Unsent bytes above which the socket is closed (4413). */
  readonly hardBufferBytes: number;
  /** Unanswered requests from which the socket is not read. */
  readonly pendingRequests: number;
  /** Maximum unacknowledged notifications per topic, unless the client asks for fewer. */
  readonly window: number;
}

/** Performs the effects of the connection machine. */
export type ConnectionEffects = Readonly<Record<Effect, (connection: Connection) => void>>;

/** Services that all connections of a node share. */
export interface ConnectionCommons {
  readonly limits: ConnectionLimits;
  readonly outlet: Outlet;
  readonly effects: ConnectionEffects;
}

/** Ids of the user and session, for log lines. */
export interface ConnectionIds {
  readonly app?: string | undefined;
  readonly user?: string | undefined;
  readonly session?: string | undefined;
}

const PING = textFrame(eventText('ping'));

/** Socket of the native protocol: its state, its outgoing frames, and whether it is read. */
export class Connection implements SessionClient, AnswerSink, PingSender {
  readonly budget: FrameBudget;
  readonly openedAtMs = performance.now();
  private state: State = 'anonymous';
  private open = true;
  private currentIdentity?: Identity;
  private currentTopics?: SessionTopics;
  private currentWindow: number;
  /** Version of the revocation list at the last check of its token. */
  private judgedAtVersion?: number | undefined;
  private askedForSessionAtMs?: number | undefined;
  private lastHeardAtMs = performance.now();
  private lastPingAtMs = performance.now();
  private malformed = 0;
  private isResting = false;
  /** Code sent by the server, since a silent peer never returns it. */
  private sentCode?: number;
  private requests: Promise<void> = Promise.resolve();
  /** Only while a request waits for its answer: most sockets are idle. */
  private answers?: AnswerQueue | undefined;
  private readonly probe = new ReadProbe(this);
  private readonly buffer: SendBuffer;

  constructor(
    private readonly ws: WebSocket,
    socket: Socket,
    private readonly commons: ConnectionCommons,
  ) {
    this.buffer = new SendBuffer(socket, commons.outlet);
    this.currentWindow = commons.limits.window;
    this.budget = new FrameBudget(commons.limits);
  }

  /** True while frames are served and written. */
  get isOpen(): boolean {
    return this.open;
  }

  get identity(): Identity | undefined {
    return this.currentIdentity;
  }

  /** Topics of its session, once it has one. */
  get topics(): SessionTopics | undefined {
    return this.currentTopics;
  }

  get session(): HeldSession | undefined {
    return this.currentTopics?.session;
  }

  get window(): number {
    return this.currentWindow;
  }

  get ids(): ConnectionIds {
    return { app: this.identity?.app, user: this.identity?.user, session: this.session?.id };
  }

  /** Records that a token was accepted. */
  identify(identity: Identity): void {
    if (!this.move('identify')) return;
    this.currentIdentity = identity;
    this.judgedAtVersion = undefined;
  }

  /** True if its token has not been checked at this version of the revocation list. */
  needsJudgment(version: number): boolean {
    if (this.judgedAtVersion === version) return false;
    this.judgedAtVersion = version;
    return true;
  }

  /** Gives it a session. */
  bind(topics: SessionTopics): void {
    if (this.move('bind')) this.currentTopics = topics;
  }

  /** Sets the window that the client asked for. */
  useWindow(window: number): void {
    this.currentWindow = window;
  }

  /**
   * Records that the client asks for a session.
   * @param atMs time by the clock of Redis, if it is known.
   */
  askForSession(atMs: number | undefined): void {
    this.askedForSessionAtMs = atMs;
  }

  get askedAtMs(): number | undefined {
    return this.askedForSessionAtMs;
  }

  /**
   * Runs a request after all earlier ones are done.
   * @param work never rejects.
   */
  enqueue(work: () => Promise<void> | undefined): void {
    this.requests = this.requests.then(work);
  }

  /**
   * Records that something arrived from the client.
   * @param nowMs time by `performance.now()`.
   */
  heard(nowMs: number): void {
    this.lastHeardAtMs = nowMs;
  }

  get heardAtMs(): number {
    return this.lastHeardAtMs;
  }

  get pingedAtMs(): number {
    return this.lastPingAtMs;
  }

  /** Records that a message could be read. */
  readable(): void {
    this.malformed = 0;
  }

  /**
   * Records that a message could not be read.
   * @returns the number of them in a row.
   */
  unreadable(): number {
    return ++this.malformed;
  }

  /**
   * True while notifications may be sent. Otherwise the subscriptions are pumped once there is
   * room.
   */
  get writable(): boolean {
    if (!this.isOpen) return false;
    if (this.unsentBytes <= this.commons.limits.bufferBytes) return true;
    this.buffer.onDrained(() => {
      for (const subscription of this.currentTopics?.subscriptions.values() ?? []) subscription.pump();
    });
    return false;
  }

  get unsentBytes(): number {
    return this.buffer.unsentBytes;
  }

  notify(feed: TopicFeed, offset: number, entry: FeedEntry, attempt: number): void {
    this.write(notificationFrame(feed, offset, entry, attempt));
  }

  gap(gap: Gap): void {
    this.send('gap', gap);
  }

  subscribed(subscribed: Subscribed): void {
    this.send('subscribed', subscribed);
  }

  whenRead(reader: Reader): void {
    this.probe.whenRead(reader);
  }

  fence(topic: string): void {
    this.probe.fence(topic);
  }

  isFenced(topic: string): boolean {
    return this.probe.isFenced(topic);
  }

  ping(): void {
    this.probe.ping();
  }

  ponged(): void {
    this.probe.ponged();
  }

  send(event: ServerEvent, data?: object, id?: FrameId): void {
    this.write(textFrame(eventText(event, data, id)));
  }

  sendError(error: PostriderError, id?: FrameId): void {
    this.send('error', errorData(error, id), id);
  }

  /** Number of requests that wait for their answer. */
  get unanswered(): number {
    return this.answers?.size ?? 0;
  }

  /** Reserves the next place in the order of answers. */
  reserve(): Answer {
    return (this.answers ??= new AnswerQueue(this)).reserve();
  }

  writeText(text: string): void {
    this.write(textFrame(text));
  }

  allAnswered(): void {
    if (this.unanswered === 0) this.answers = undefined;
    this.read();
  }

  /** True while the socket is not read. */
  get isPaused(): boolean {
    return this.ws.isPaused;
  }

  /**
   * Stops reading if too many requests are unanswered, and continues when all of them are answered.
   */
  pauseIfBusy(): void {
    if (this.unanswered >= this.commons.limits.pendingRequests) this.ws.pause();
  }

  /**
   * Stops reading for a while.
   * @returns false if it is already resting.
   */
  rest(restMs: number): boolean {
    if (this.isResting) return false;
    this.isResting = true;
    this.ws.pause();
    setTimeout(() => {
      this.isResting = false;
      if (this.unanswered < this.commons.limits.pendingRequests) this.read();
    }, restMs).unref();
    return true;
  }

  get rests(): boolean {
    return this.isResting;
  }

  private read(): void {
    if (this.ws.isPaused && !this.isResting) this.ws.resume();
  }

  sendPing(): void {
    this.lastPingAtMs = performance.now();
    this.write(PING);
  }

  private write(frame: Buffer): void {
    if (!this.isOpen) return;
    this.buffer.push(frame);
    if (this.unsentBytes > this.commons.limits.hardBufferBytes) {
      this.buffer.clear();
      this.end('dismiss', 'too_slow', {}, false);
    }
  }

  /** Says goodbye and closes after the frames that were already handed over. */
  goodbye(meaning: GoodbyeMeaning, details?: GoodbyeDetails): void {
    this.end('dismiss', meaning, details);
  }

  /** Like `goodbye`, for a session that was taken over or ended: it is released. */
  release(meaning: GoodbyeMeaning, details?: GoodbyeDetails): void {
    this.end('release', meaning, details);
  }

  /** Closes the socket without waiting for its client. */
  cut(): void {
    this.ws.terminate();
  }

  /**
   * Records that the socket is closed.
   * @returns the server's code, or else the client's.
   */
  lost(code: number): number {
    this.move('lose');
    return this.sentCode ?? code;
  }

  private end(happening: Happening, meaning: GoodbyeMeaning, details?: GoodbyeDetails, isTold = true): void {
    const wasOpen = this.isOpen;
    const goodbye = goodbyeOf(meaning, details);
    if (wasOpen && isTold) this.send('goodbye', goodbye);
    if (wasOpen) this.buffer.flush();
    this.move(happening);
    if (!wasOpen) return;
    this.sentCode = goodbye.code;
    this.ws.close(goodbye.code, goodbye.reason);
  }

  /** @returns false if the machine has no such transition. */
  private move(happening: Happening): boolean {
    const edge = TRANSITIONS[this.state][happening];
    if (!edge) return false;
    this.state = edge.to;
    this.open = OPEN_STATES.has(edge.to);
    for (const effect of edge.effects) this.commons.effects[effect](this);
    return true;
  }
}

export function errorData(error: PostriderError, id?: FrameId): object {
  const { code, detail, retryable, field } = error;
  return { code, message: detail, retryable, ...(field !== undefined && { field }), ...(id !== undefined && { id }) };
}

/** @throws PostriderError `unauthorized` if the user is not known yet. */
export function identityOf({ identity }: Connection): Identity {
  if (identity) return identity;
  throw new PostriderError('unauthorized', 'The first frame must be hello with a token.');
}
