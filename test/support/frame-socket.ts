import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import {
  parseFrames,
  type ErrorFrame,
  type Frame,
  type Notification,
  type Subscribed,
  type Welcome,
} from './frames.js';
import { within } from './wait.js';

export interface Closed {
  code: number;
  reason: string;
}

export interface OpenOptions extends ClientOptions {
  /** Offered as `Authorization: Bearer`. */
  token?: string;
  protocols?: string[];
  query?: Record<string, string>;
}

interface Waiter {
  matches: (frame: Frame) => boolean;
  resolve: (frame: Frame) => void;
}

const WAIT_MS = 30_000;

/** Socket that does nothing by itself: a test sends each frame and checks each answer. */
export class FrameSocket {
  /** Every received frame, in order. */
  readonly frames: Frame[] = [];
  readonly closed: Promise<Closed>;
  /** Called with each frame as it comes, before anything else sees it. */
  onFrame?: (frame: Frame) => void;
  private readonly unread: Frame[] = [];
  private waiters: Waiter[] = [];
  private end?: Closed;

  constructor(readonly socket: WebSocket) {
    socket.on('error', () => undefined);
    socket.on('message', (bytes: Buffer) => parseFrames(bytes.toString()).forEach((frame) => this.take(frame)));
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.end = { code, reason: reason.toString() };
        resolve(this.end);
      });
    });
  }

  /** Opens a socket; rejects with `HandshakeRefused` if the server answers anything but 101. */
  static async open(
    url: string,
    { token, protocols = [], query = {}, ...options }: OpenOptions = {},
  ): Promise<FrameSocket> {
    const target = new URL(url);
    for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
    const headers = { ...options.headers, ...(token && { authorization: `Bearer ${token}` }) };
    const socket = new WebSocket(target, protocols, { ...options, headers });
    const frames = new FrameSocket(socket);
    const refused = new Promise<never>((_, reject) => {
      socket.once('unexpected-response', (_request, response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => reject(new HandshakeRefused(response.statusCode ?? 0, response.headers, chunks)));
      });
      socket.once('error', reject);
    });
    await within(Promise.race([once(socket, 'open'), refused]), WAIT_MS, 'socket open');
    return frames;
  }

  get closeCode(): number | undefined {
    return this.end?.code;
  }

  send(event: string, data?: unknown, id?: string | number): void {
    this.sendRaw(JSON.stringify({ event, ...(data !== undefined && { data }), ...(id !== undefined && { id }) }));
  }

  sendRaw(payload: string | Buffer): void {
    this.socket.send(payload);
  }

  /** Waits for the next unread frame that matches; earlier ones stay unread. */
  next<T = unknown>(
    event: string,
    matches: (frame: Frame<T>) => boolean = () => true,
    timeoutMs = WAIT_MS,
  ): Promise<Frame<T>> {
    return this.wait((frame) => frame.event === event && matches(frame as Frame<T>), `frame ${event}`, timeoutMs);
  }

  async welcome(): Promise<Welcome> {
    return (await this.next<Welcome>('welcome')).data;
  }

  async subscribed(topic: string): Promise<Subscribed> {
    return (await this.next<Subscribed>('subscribed', (frame) => frame.data.topic === topic)).data;
  }

  async notification(topic?: string): Promise<Notification> {
    return (await this.next<Notification>('notification', (frame) => topic === undefined || frame.data.topic === topic))
      .data;
  }

  /** Sends a request and waits for the answer that repeats its id, of any event. */
  async request<T = unknown>(event: string, data: unknown, id: string | number): Promise<Frame<T>> {
    this.send(event, data, id);
    return this.answer<T>(id);
  }

  answer<T = unknown>(id: string | number): Promise<Frame<T>> {
    return this.wait((frame) => frame.id === id || errorId(frame) === id, `answer to ${id}`, WAIT_MS);
  }

  notifications(topic?: string): Notification[] {
    return this.all<Notification>('notification').filter((data) => topic === undefined || data.topic === topic);
  }

  /** Returns the data of every received frame of an event. */
  all<T>(event: string): T[] {
    return this.frames.filter((frame) => frame.event === event).map((frame) => frame.data as T);
  }

  /** Waits until the server has closed the socket. */
  ending(): Promise<Closed> {
    return within(this.closed, WAIT_MS, 'socket closed');
  }

  close(): void {
    this.socket.close();
  }

  /** Cuts the connection without a close frame. */
  cut(): void {
    this.socket.terminate();
  }

  private async wait<T>(matches: (frame: Frame) => boolean, what: string, timeoutMs: number): Promise<Frame<T>> {
    const index = this.unread.findIndex(matches);
    if (index >= 0) return this.unread.splice(index, 1)[0] as Frame<T>;
    const waiter: Waiter = { matches, resolve: () => undefined };
    const coming = new Promise<Frame>((resolve) => (waiter.resolve = resolve));
    this.waiters.push(waiter);
    const ended = this.closed.then(({ code, reason }) =>
      Promise.reject(new Error(`closed ${code} ${reason} before ${what}`)),
    );
    try {
      return (await within(Promise.race([coming, ended]), timeoutMs, what)) as Frame<T>;
    } finally {
      this.waiters = this.waiters.filter((other) => other !== waiter);
    }
  }

  private take(frame: Frame): void {
    this.frames.push(frame);
    this.onFrame?.(frame);
    const waiter = this.waiters.find((candidate) => candidate.matches(frame));
    if (!waiter) {
      this.unread.push(frame);
      return;
    }
    this.waiters = this.waiters.filter((candidate) => candidate !== waiter);
    waiter.resolve(frame);
  }
}

function errorId(frame: Frame): ErrorFrame['id'] {
  return frame.event === 'error' ? (frame.data as ErrorFrame).id : undefined;
}

/** HTTP response of the server in place of an upgrade. */
export class HandshakeRefused extends Error {
  readonly body: string;

  constructor(
    readonly status: number,
    readonly headers: NodeJS.Dict<string | string[]>,
    chunks: readonly Buffer[],
  ) {
    super(`handshake refused with ${status}`);
    this.body = Buffer.concat(chunks).toString();
  }
}
