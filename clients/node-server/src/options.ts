/** Options of a `PostriderServer`. Durations are in milliseconds. */
export interface TransportOptions {
  /**
   * URL of the server, such as `https://push.example.com`; a path is kept, for servers behind a
   * proxy.
   */
  url: string | URL;
  /** Key from `API_KEYS`, or from `ADMIN_KEYS` together with `app`. */
  apiKey: string;
  /** App to act for; only an admin key may choose. */
  app?: string;
  /** Retries after network faults, timeouts and 429, 502, 503 and 504. Default 5. */
  retries?: number;
  /** Maximum wait for the answer of one try. Default 10,000. */
  timeoutMs?: number;
  /** Maximum time for a call with all its tries; no try starts after it. Default 60,000. */
  totalTimeoutMs?: number;
  /**
   * Upper bounds of the waits between tries: the first, doubled each time up to the cap. Default
   * 200 and 10,000.
   */
  backoff?: { baseMs?: number; capMs?: number };
  /** Replaces the global `fetch`, for example by one that uses a proxy. */
  fetch?: typeof fetch;
}

/** Longest delay of a timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** @throws TypeError naming the missing or invalid option. */
export function checkOptions(options: TransportOptions): void {
  if (typeof options !== 'object' || options === null) throw new TypeError('options are missing: url and apiKey');
  const { url, apiKey, app, retries, timeoutMs, totalTimeoutMs, backoff = {}, fetch: ask } = options;
  checkUrl(url);
  checkHeader('apiKey', apiKey);
  if (app !== undefined) checkHeader('app', app);
  checkNumber('retries', retries, 0, Infinity);
  checkNumber('timeoutMs', timeoutMs, 1, MAX_TIMER_MS);
  checkNumber('totalTimeoutMs', totalTimeoutMs, 1, MAX_TIMER_MS);
  if (typeof backoff !== 'object' || backoff === null) throw new TypeError('backoff must be an object');
  checkNumber('backoff.baseMs', backoff.baseMs, 0, MAX_TIMER_MS);
  checkNumber('backoff.capMs', backoff.capMs, 0, MAX_TIMER_MS);
  if (typeof (ask ?? globalThis.fetch) !== 'function') throw new TypeError('fetch must be a function');
}

function checkUrl(url: unknown): void {
  const example = 'e.g. https://push.example.com';
  if (url === undefined || url === null || url === '') throw new TypeError(`url is missing: ${example}`);
  if (!URL.canParse(String(url))) throw new TypeError(`url is not a URL: ${example}`);
  const { protocol } = new URL(String(url));
  if (!/^https?:$/.test(protocol)) throw new TypeError(`url must begin with http:// or https://, ${example}`);
}

function checkHeader(name: string, value: unknown): void {
  if (value === undefined || value === null || value === '') throw new TypeError(`${name} is missing`);
  if (typeof value !== 'string' || !/^[!-~]+$/.test(value)) {
    throw new TypeError(`${name} must consist of visible ASCII characters`);
  }
}

function checkNumber(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new TypeError(`${name} must be a number from ${min} to ${max}`);
  }
}
