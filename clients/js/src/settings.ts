import type { BackoffOptions } from './backoff.js';
import { PostriderError } from './errors.js';
import type { PostriderOptions, SocketConstructor } from './options.js';

type Optional = 'window' | 'store' | 'onFrame';

/** Options of a client with defaults filled in. */
export type Settings = Required<Omit<PostriderOptions, 'url' | 'backoff' | Optional>> & {
  url: string;
  backoff: Required<BackoffOptions>;
} & { [K in Optional]: PostriderOptions[K] | undefined };

/** Longest delay of a timer. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

let hasWarned = false;

/** @throws PostriderError `invalid_option` naming the option. */
export function settle(options: PostriderOptions = {} as PostriderOptions): Settings {
  const { token, onFrame, window, clientName = '', ack = 'auto', seen = 'browser' } = options;
  const { ackDelayMs = 5, handlerTimeoutMs = 30_000, requestTimeoutMs = 15_000 } = options;
  const { outboxMax = 100, seenMax = 1_000, WebSocket = globalThis.WebSocket as SocketConstructor } = options;
  const { baseMs = 500, capMs = 30_000, maxTries = 8 } = options.backoff ?? {};
  const url = socketUrl(options.url);
  requireFunction('token', token);
  if (onFrame) requireFunction('onFrame', onFrame);
  if (options.WebSocket) requireSocket(options);
  requireWord('ack', ack, 'auto', 'manual');
  requireWord('seen', seen, 'browser', 'tab');
  requireRange({ window: window ?? 1 }, 1, 1_024);
  requireRange({ ackDelayMs }, 0, MAX_TIMER_MS);
  requireRange({ handlerTimeoutMs, requestTimeoutMs, baseMs, capMs }, 1, MAX_TIMER_MS);
  requireRange({ outboxMax, maxTries }, 0, Infinity);
  requireRange({ seenMax }, 1, 1_000_000);
  return {
    ...options,
    url,
    clientName,
    ack,
    seen,
    ackDelayMs,
    handlerTimeoutMs,
    requestTimeoutMs,
    outboxMax,
    seenMax,
    WebSocket,
    backoff: { baseMs, capMs, maxTries },
    autoConnect: options.autoConnect ?? connectsByItself(options),
  } as Settings;
}

/** @throws PostriderError `invalid_option`. */
export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw invalid(name, 'a function');
}

/** @throws PostriderError `invalid_option`. */
export function requireSocket({ WebSocket }: Pick<PostriderOptions, 'WebSocket'>): void {
  if (typeof WebSocket !== 'function') throw invalid('WebSocket', 'a class, such as ws provides');
}

function requireRange(values: object, min: number, max: number): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(typeof value === 'number' && value >= min && value <= max)) throw invalid(name, `${min} to ${max}`);
  }
}

function requireWord(name: string, value: string, ...words: readonly string[]): void {
  if (!words.includes(value)) throw invalid(name, words.join(' or '));
}

/**
 * Decides the default of `autoConnect`. A server that renders pages creates clients that nobody
 * closes, so they wait for `connect()`.
 */
function connectsByItself({ WebSocket, store }: PostriderOptions): boolean {
  if ('window' in globalThis || 'importScripts' in globalThis || WebSocket || store) return true;
  if (!hasWarned) console.warn('Postrider: not in a page, waiting for connect()');
  hasWarned = true;
  return false;
}

/**
 * Returns the address of the socket. An `http(s)` address is the server's, with the socket below
 * it.
 */
function socketUrl(given: unknown): string {
  try {
    const url = new URL((given as string) || 'missing:', globalThis.location?.href);
    const isBase = url.protocol.startsWith('http') ? !url.pathname.endsWith('/ws') : url.pathname === '/';
    if (isBase) url.pathname = url.pathname.replace(/\/?$/, '/ws');
    url.protocol = url.protocol.replace('http', 'ws');
    url.hash = '';
    if (/^wss?:/.test(url.href)) return url.href;
  } catch {
    // Not a URL.
  }
  throw invalid('url', 'http(s) or ws(s)');
}

const invalid = (name: string, rule: string): PostriderError =>
  new PostriderError('invalid_option', `${name} must be ${rule}`);
