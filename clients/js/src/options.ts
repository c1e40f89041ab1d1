import type { BackoffOptions } from './backoff.js';
import { PostriderError } from './errors.js';
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
  /** Cause of an `error` event, where the platform tells it. */
  readonly message?: string;
}

/** The part of a WebSocket that the client needs: the browser's, `ws`, or any other with the same face. */
export interface Socket {
  /** The subprotocol that the server chose. */
  readonly protocol: string;
  /** 1 while it is open. */
  readonly readyState: number;
  /** Calls back: `open`, `message` with `{data}`, `close` with `{code, reason}`, `error`. */
  addEventListener(event: 'open' | 'message' | 'close' | 'error', listener: (event: SocketEvent) => void): void;
  /** Sends a text message. */
  send(text: string): void;
  /** Closes it. */
  close(code?: number): void;
}

/** Makes sockets. */
export type SocketConstructor = new (url: string, protocols?: string) => Socket;

/** Settings of a client. Durations are in milliseconds. */
export interface PostriderOptions {
  /**
   * Where the server is: `https://push.example.com`, with a path where it is behind a prefix; the socket is at `/ws` below
   * that. `ws(s)` with a path is the address of the socket itself. In a page it may be relative to it.
   */
  url: string | URL;
  /** Gives the token of the user. Asked before a connection where the last one has ended or was refused, and to renew it. */
  token: () => string | Promise<string>;
  /**
   * Connects as soon as the client is made; without it `connect()` does. Default: true in pages and their workers, and wherever a
   * `WebSocket` or a `store` is given. A server that renders pages gives neither.
   */
  autoConnect?: boolean;
  /** Most notifications of a topic that are with the client unacknowledged, 1 to 1 024. Default: the server's. */
  window?: number;
  /** `auto`: acknowledged once the handler has returned. `manual`: by `message.ack()`. Default `auto`. */
  ack?: 'auto' | 'manual';
  /** How long an ack waits for others to go with it, in milliseconds. Default 5. */
  ackDelayMs?: number;
  /** How long a handler may take before its topic goes on without it, in milliseconds. Default 30 000. */
  handlerTimeoutMs?: number;
  /** How long an answer of the server may take, in milliseconds. Default 15 000. */
  requestTimeoutMs?: number;
  /** Waits between tries to connect. */
  backoff?: BackoffOptions;
  /** Most messages that wait to be published. Default 100. */
  outboxMax?: number;
  /** How many ids of handled notifications are remembered. Default 1 000. */
  seenMax?: number;
  /** `browser`: one tab of the browser handles a notification. `tab`: each tab does. Default `browser`. */
  seen?: 'browser' | 'tab';
  /** Where session and handled ids are remembered. Default: the browser's storage, nothing elsewhere; `{}`: nothing. */
  store?: Partial<Store>;
  /** Tells several clients of one page apart, in storage and at the server. Default `''`. */
  clientName?: string;
  /** The socket to use. Default `globalThis.WebSocket`; Node 20 has none: give that of `ws`. */
  WebSocket?: SocketConstructor;
  /** Sees every frame, for logs; tokens are blanked. */
  onFrame?: (direction: 'in' | 'out', frame: Frame) => void;
}

type Optional = 'window' | 'store' | 'onFrame';

/** The options with everything decided. */
export type Settings = Required<Omit<PostriderOptions, 'url' | 'backoff' | Optional>> & {
  url: string;
  backoff: Required<BackoffOptions>;
} & { [K in Optional]: PostriderOptions[K] | undefined };

/** The longest time that a timer can wait. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

type Rule =
  readonly [standard: number | undefined, min: number, max: number] | readonly [standard: string, other: string];
type Rules = Readonly<Record<string, Rule>>;

/** The default of an option, and its other values: a number in a range, or another word. */
const RULES: Rules = {
  window: [undefined, 1, 1_024],
  ack: ['auto', 'manual'],
  seen: ['browser', 'tab'],
  ackDelayMs: [5, 0, MAX_TIMER_MS],
  handlerTimeoutMs: [30_000, 1, MAX_TIMER_MS],
  requestTimeoutMs: [15_000, 1, MAX_TIMER_MS],
  outboxMax: [100, 0, Infinity],
  seenMax: [1_000, 1, 1_000_000],
};
const BACKOFF_RULES: Rules = {
  baseMs: [500, 1, MAX_TIMER_MS],
  capMs: [30_000, 1, MAX_TIMER_MS],
  maxTries: [8, 0, Infinity],
};

let hasWarned = false;

/** @throws PostriderError `invalid_option` naming the option. */
export function settle(options: PostriderOptions = {} as PostriderOptions): Settings {
  const { WebSocket = globalThis.WebSocket as SocketConstructor, clientName = '' } = options;
  // A program that renders pages makes clients that nobody will close.
  const isAtHome = 'window' in globalThis || 'importScripts' in globalThis || !!options.WebSocket || !!options.store;
  const { autoConnect = isAtHome } = options;
  const url = socketUrl(options.url);
  requireFunction('token', options.token);
  if (options.onFrame) requireFunction('onFrame', options.onFrame);
  if (options.WebSocket) requireSocket(options);
  if (!hasWarned && options.autoConnect === undefined && !isAtHome) {
    hasWarned = true;
    console.warn('Postrider: no page, so it waits for connect(), or autoConnect: true');
  }
  return {
    ...options,
    WebSocket,
    autoConnect,
    clientName,
    url,
    ...ruled(options, RULES),
    backoff: ruled(options.backoff ?? {}, BACKOFF_RULES),
  } as Settings;
}

/** @throws PostriderError `invalid_option`. */
export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw invalid(name, 'a function');
}

/** @throws PostriderError `invalid_option`. */
export function requireSocket({ WebSocket }: Pick<PostriderOptions, 'WebSocket'>): void {
  if (typeof WebSocket !== 'function') throw invalid('WebSocket', 'a class; Node 20 has none: give that of ws');
}

const ruled = (given: object, rules: Rules): object =>
  Object.fromEntries(
    Object.entries(rules).map(([name, [standard, least, most]]) => {
      const value = (given as Record<string, unknown>)[name] ?? standard;
      const inRange = typeof value === 'number' && value >= Number(least) && value <= Number(most);
      if (value !== standard && value !== least && !inRange) throw invalid(name, `${least} … ${most ?? standard}`);
      return [name, value];
    }),
  );

/** The address of the socket: what is given by `http` is where the server is, and the socket is below that. */
function socketUrl(given: unknown): string {
  try {
    const url = new URL((given as string) || 'missing:', globalThis.location?.href);
    const isBase = url.protocol.startsWith('http') ? !url.pathname.endsWith('/ws') : url.pathname === '/';
    if (isBase) url.pathname = url.pathname.replace(/\/?$/, '/ws');
    url.protocol = url.protocol.replace('http', 'ws');
    url.hash = '';
    if (/^wss?:/.test(url.href)) return url.href;
  } catch {
    // Told below.
  }
  throw invalid('url', 'http(s) or ws(s), e.g. https://push.example.com');
}

const invalid = (name: string, rule: string): PostriderError =>
  new PostriderError('invalid_option', `${name} must be ${rule}`);
