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
  /** How long an ack waits for others to go with it. Default 5. */
  ackDelayMs?: number;
  /** How long a handler may take before its topic goes on without it. Default 30 000. */
  handlerTimeoutMs?: number;
  /** How long an answer of the server may take. Default 15 000. */
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

/** The options with everything decided. */
export type Settings = Required<Omit<PostriderOptions, 'url' | 'window' | 'backoff' | 'store' | 'onFrame'>> & {
  url: string;
  window: number | undefined;
  backoff: Required<BackoffOptions>;
  store: Store | undefined;
  onFrame: PostriderOptions['onFrame'];
};

/** The longest time that a timer can wait. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** @throws PostriderError `invalid_option` naming the option. */
export function settle(options: PostriderOptions): Settings {
  const given: Partial<PostriderOptions> = options ?? {};
  const number = (name: string, value: unknown, standard: number, min: number, max: number): number => {
    if (value === undefined) return standard;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    throw invalid(name, `a number from ${min} to ${max}`);
  };
  const one = <T extends string>(name: string, value: unknown, choices: readonly [T, ...T[]]): T => {
    const chosen = choices.find((choice) => choice === (value ?? choices[0]));
    if (chosen !== undefined) return chosen;
    throw invalid(name, `'${choices.join("' or '")}'`);
  };
  const { token, clientName = '', window, onFrame, backoff = {} } = given;
  const WebSocket = given.WebSocket ?? (globalThis.WebSocket as SocketConstructor | undefined);
  if (typeof token !== 'function') throw invalid('token', 'a function that gives a token');
  if (typeof clientName !== 'string') throw invalid('clientName', 'a string');
  if (onFrame !== undefined && typeof onFrame !== 'function') throw invalid('onFrame', 'a function');
  if (typeof WebSocket !== 'function') throw invalid('WebSocket', 'given: this platform has none');
  const waitMs = (name: string, value: unknown, standard: number, min = 1): number =>
    number(name, value, standard, min, MAX_TIMER_MS);
  return {
    url: socketUrl(given.url),
    token,
    clientName,
    onFrame,
    WebSocket,
    store: given.store,
    autoConnect: given.autoConnect ?? true,
    window: window === undefined ? undefined : number('window', window, 0, 1, 1_024),
    ack: one('ack', given.ack, ['auto', 'manual']),
    seen: one('seen', given.seen, ['browser', 'tab']),
    ackDelayMs: waitMs('ackDelayMs', given.ackDelayMs, 5, 0),
    handlerTimeoutMs: waitMs('handlerTimeoutMs', given.handlerTimeoutMs, 30_000),
    requestTimeoutMs: waitMs('requestTimeoutMs', given.requestTimeoutMs, 15_000),
    outboxMax: number('outboxMax', given.outboxMax, 100, 0, Infinity),
    seenMax: number('seenMax', given.seenMax, 1_000, 1, 1_000_000),
    backoff: {
      baseMs: waitMs('backoff.baseMs', backoff.baseMs, 500),
      capMs: waitMs('backoff.capMs', backoff.capMs, 30_000),
      maxTries: number('backoff.maxTries', backoff.maxTries, 8, 0, Infinity),
    },
  };
}

function socketUrl(given: unknown): string {
  try {
    const url = new URL(String(given), globalThis.location?.href);
    url.protocol = url.protocol.replace(/^http/, 'ws');
    url.hash = '';
    if (url.pathname === '/') url.pathname = '/ws';
    if (given !== undefined && /^wss?:$/.test(url.protocol)) return url.href;
  } catch {
    // Told below.
  }
  throw invalid('url', 'an http(s) or ws(s) address');
}

const invalid = (name: string, rule: string): PostriderError =>
  new PostriderError('invalid_option', `The option ${name} must be ${rule}.`);
