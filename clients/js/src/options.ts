import type { BackoffOptions } from './backoff.js';
import type { Frame } from './frames.js';
import type { Store } from './store.js';

/** An event of a socket. */
export interface SocketEvent {
  /** Name of the event. */
  readonly type: string;
  /** Text of a `message` event. */
  readonly data?: unknown;
  /** Close code of a `close` event. */
  readonly code?: number;
  /** Close reason of a `close` event. */
  readonly reason?: string;
  /** Cause of an `error` event, if the platform gives one. */
  readonly message?: string;
}

/** Part of a WebSocket that the client uses. Browsers and `ws` provide it. */
export interface Socket {
  /** Subprotocol that the server chose. */
  readonly protocol: string;
  /** 1 while the socket is open. */
  readonly readyState: number;
  /** Adds a listener: `open`, `message` with `{data}`, `close` with `{code, reason}`, `error`. */
  addEventListener(event: 'open' | 'message' | 'close' | 'error', listener: (event: SocketEvent) => void): void;
  /** Sends a text message. */
  send(text: string): void;
  /** Closes the socket. */
  close(code?: number): void;
}

/** Class of a socket. */
export type SocketConstructor = new (url: string, protocols?: string) => Socket;

/** Options of a client. Durations are in milliseconds. */
export interface PostriderOptions {
  /**
   * Address of the server: `https://push.example.com`, with a path if the server is behind a
   * prefix. The socket is at `/ws` below it. `ws(s)` with a path is the address of the socket
   * itself. In a page, the address may be relative.
   */
  url: string | URL;
  /**
   * Returns the user's token. The client calls it before it connects without a valid token, and to
   * renew the token.
   */
  token: () => string | Promise<string>;
  /**
   * Connects at once. If false, `connect()` connects. Default: true in pages and workers, and if a
   * `WebSocket` or a `store` is given; false in a server that renders pages.
   */
  autoConnect?: boolean;
  /** Maximum unacknowledged notifications per topic, 1 to 1,024. Default: the server's. */
  window?: number;
  /**
   * `auto` acknowledges a message when its handler has returned; `manual` leaves it to
   * `message.ack()`. Default `auto`.
   */
  ack?: 'auto' | 'manual';
  /** Time that an ack waits for others to share its frame. Default 5. */
  ackDelayMs?: number;
  /** Time that a handler may take before its topic goes on without it. Default 30,000. */
  handlerTimeoutMs?: number;
  /** Time that the server may take to answer, and `token()` to return. Default 15,000. */
  requestTimeoutMs?: number;
  /** Waits between attempts to connect. */
  backoff?: BackoffOptions;
  /** Maximum number of messages waiting to be published. Default 100. */
  outboxMax?: number;
  /** Number of handled notifications whose ids are remembered. Default 1,000. */
  seenMax?: number;
  /**
   * `browser`: one tab of the browser handles a notification. `tab`: every tab does. Default
   * `browser`.
   */
  seen?: 'browser' | 'tab';
  /**
   * Store for the session and the handled ids. Default: the browser's storage; outside browsers,
   * none. `{}` stores nothing.
   */
  store?: Partial<Store>;
  /**
   * Name that distinguishes several clients of one page, in storage and at the server. Default
   * `''`.
   */
  clientName?: string;
  /** Socket class. Default `globalThis.WebSocket`. Node 20 has none: use the one from `ws`. */
  WebSocket?: SocketConstructor;
  /** Receives every frame, for logs. Tokens are masked. */
  onFrame?: (direction: 'in' | 'out', frame: Frame) => void;
}
