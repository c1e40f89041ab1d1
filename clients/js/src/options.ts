import type { BackoffOptions } from './backoff.js';
import { PostriderError } from './errors.js';
import type { Frame } from './frames.js';
import type { Store } from './store.js';

/** What a socket says with its events. */
export interface SocketEvent {
  /** Which event it is. */
  readonly type: string;
  /** Of `message`: the text. */
  readonly data?: unknown;
  /** Of `close`: the close code. */
  readonly code?: number;
  /** Of `close`: why. */
  readonly reason?: string;
  /** Of `error`, where the platform tells. */
  readonly message?: string;
}

/** What the client needs of a WebSocket: the browser's, `ws`, or any other with the same face. */
export interface Socket {
  /** The subprotocol that the server chose. */
  readonly protocol: string;
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
  /** Where the server is: `http(s)` or `ws(s)`; without a path it is `/ws`. In a page it may be relative to it. */
  url: string | URL;
  /** Gives the token of the user. Asked before a connection where the last one has ended or was refused, and to renew it. */
  token: () => string | Promise<string>;
  /** Whether the client connects by itself. Default true; otherwise `connect()` does. */
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
  /** How the client comes back. */
  backoff?: BackoffOptions;
  /** Most messages that wait to be published. Default 100. */
  outboxMax?: number;
  /** How many ids of handled notifications are remembered. Default 1 000. */
  seenMax?: number;
  /** Who handles a notification: one tab of the `browser`, or each `tab`. Default `browser`. */
  seen?: 'browser' | 'tab';
  /** Where session and handled ids are remembered. Default: the browser's storage; in memory elsewhere. */
  store?: Store;
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

const DEFAULTS = {
  autoConnect: true,
  ack: 'auto',
  seen: 'browser',
  clientName: '',
  ackDelayMs: 5,
  handlerTimeoutMs: 30_000,
  requestTimeoutMs: 15_000,
  outboxMax: 100,
  seenMax: 1_000,
} as const;
const BACKOFF = { baseMs: 500, capMs: 30_000, maxTries: 8 };

/** What an option may be: a range, or some words. */
const RULES: Readonly<Record<string, readonly [min: number, max: number] | readonly string[]>> = {
  ack: ['auto', 'manual'],
  seen: ['browser', 'tab'],
  window: [1, 1_024],
  ackDelayMs: [0, MAX_TIMER_MS],
  handlerTimeoutMs: [1, MAX_TIMER_MS],
  requestTimeoutMs: [1, MAX_TIMER_MS],
  outboxMax: [0, Infinity],
  seenMax: [1, 1_000_000],
  baseMs: [1, MAX_TIMER_MS],
  capMs: [1, MAX_TIMER_MS],
  maxTries: [0, Infinity],
};

/** @throws PostriderError `invalid_option` naming the option. */
export function settle(options: PostriderOptions): Settings {
  const settings = {
    WebSocket: globalThis.WebSocket as SocketConstructor,
    ...DEFAULTS,
    ...given(options),
    url: socketUrl(options.url),
    backoff: { ...BACKOFF, ...given(options.backoff) },
  } as Settings;
  check(settings);
  check(settings.backoff);
  for (const name of ['token', 'WebSocket'] as const) {
    if (typeof settings[name] !== 'function') throw invalid(name, 'a function');
  }
  return settings;
}

/** Without what is given as undefined. */
const given = (options: object = {}): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

function check(values: object): void {
  for (const [name, value] of Object.entries(values)) {
    const [first, last] = RULES[name] ?? [];
    const words = typeof first === 'string';
    const good = words ? value === first || value === last : value >= Number(first) && value <= Number(last);
    const kind = words ? 'string' : 'number';
    if (first !== undefined && (typeof value !== kind || !good)) throw invalid(name, `${first} … ${last}`);
  }
}

function socketUrl(given: unknown): string {
  try {
    const url = new URL(given as string, globalThis.location?.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.hash = '';
    if (url.pathname === '/') url.pathname = '/ws';
    if (/^wss?:/.test(url.href)) return url.href;
  } catch {
    // Told below.
  }
  throw invalid('url', 'an http(s) or ws(s) address');
}

const invalid = (name: string, rule: string): PostriderError =>
  new PostriderError('invalid_option', `${name} must be ${rule}`);
