import type { TransportOptions } from './transport.js';

/** The longest time that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** @throws TypeError naming the option that is missing or cannot be. */
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
  if (!URL.canParse(String(url))) throw new TypeError(`url is no address: ${example}`);
  const { protocol } = new URL(String(url));
  if (!/^https?:$/.test(protocol)) throw new TypeError(`url must begin with http:// or https://, ${example}`);
}

function checkHeader(name: string, value: unknown): void {
  if (value === undefined || value === null || value === '') throw new TypeError(`${name} is missing`);
  if (typeof value !== 'string' || !/^[!-~]+$/.test(value)) {
    throw new TypeError(`${name} must be a text of visible ASCII characters`);
  }
}

function checkNumber(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new TypeError(`${name} must be a number from ${min} to ${max}`);
  }
}
