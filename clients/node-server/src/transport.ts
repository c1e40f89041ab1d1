import { PostriderError } from './error.js';
import { checkOptions, type TransportOptions } from './options.js';

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call, including the waits between tries; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface Call extends CallOptions {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
  headers?: Readonly<Record<string, string | undefined>>;
  /** Returns a reason to retry in an otherwise successful answer. */
  unfinished?: (answer: unknown) => PostriderError | undefined;
}

/** Outcome of one try: an answer, a fault, or both if the answer is only partly successful. */
interface Outcome {
  answer?: unknown;
  fault?: PostriderError | undefined;
}

interface Prepared {
  url: URL;
  init: RequestInit;
}

/** Statuses after which the same call may succeed soon; 0 stands for no answer. */
const REPEATED = new Set([0, 429, 502, 503, 504]);

/** HTTP call with its tries: exponential backoff with full jitter, on top of `Retry-After`. */
export class Transport {
  private readonly base: string;
  private readonly headers: Readonly<Record<string, string>>;

  /** @throws TypeError naming the missing or invalid option. */
  constructor(private readonly options: TransportOptions) {
    checkOptions(options);
    const { origin, pathname } = new URL(options.url);
    this.base = origin + pathname.replace(/\/+$/, '');
    this.headers = {
      accept: 'application/json, application/problem+json',
      authorization: `Bearer ${options.apiKey}`,
      ...(options.app !== undefined && { 'postrider-app': options.app }),
    };
  }

  /**
   * @throws PostriderError after the last try; the reason of the signal if it was aborted;
   * TypeError if the body is not JSON or the key is not a valid header.
   */
  async call<T>(call: Call): Promise<T> {
    const request = this.requestOf(call);
    const deadline = performance.now() + (this.options.totalTimeoutMs ?? 60_000);
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.tryOnce(request, call, deadline - performance.now());
      const { fault } = outcome;
      if (!fault) return outcome.answer as T;
      fault.tries = tries;
      const waitMs = this.waitMs(tries, fault);
      if (waitMs === undefined || performance.now() + waitMs > deadline) {
        if ('answer' in outcome) return outcome.answer as T;
        throw fault;
      }
      await pause(waitMs, call.signal);
    }
  }

  /** Returns the wait until the next try, or undefined if there is none. */
  private waitMs(tries: number, { status, retryAfterMs = 0 }: PostriderError): number | undefined {
    const { retries = 5, backoff: { baseMs = 200, capMs = 10_000 } = {} } = this.options;
    if (tries > retries || !REPEATED.has(status)) return undefined;
    return retryAfterMs + Math.random() * Math.min(capMs, baseMs * 2 ** (tries - 1));
  }

  private async tryOnce({ url, init }: Prepared, { signal, unfinished }: Call, leftMs: number): Promise<Outcome> {
    const { fetch: ask = fetch } = this.options;
    const timeoutMs = Math.min(this.options.timeoutMs ?? 10_000, leftMs);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), timeoutMs);
    try {
      signal?.throwIfAborted();
      const either = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal;
      const response = await ask(url, { ...init, signal: either });
      const text = await response.text();
      if (!response.ok) return { fault: PostriderError.of(response, text) };
      const answer = answerIn(text, response);
      return { answer, fault: unfinished?.(answer) };
    } catch (error) {
      if (error instanceof PostriderError) return { fault: error };
      if (signal?.aborted) throw signal.reason;
      const unanswered = { status: 0, retryable: true };
      return timeout.signal.aborted
        ? { fault: new PostriderError('timeout', `No answer within ${Math.ceil(timeoutMs)} ms.`, unanswered) }
        : { fault: new PostriderError('network', reasonOf(error), { ...unanswered, cause: error }) };
    } finally {
      clearTimeout(timer);
    }
  }

  private requestOf({ method, path, query = {}, body, headers: given = {} }: Call): Prepared {
    const url = new URL(this.base + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers = new Headers(this.headers);
    for (const [name, value] of Object.entries(given)) if (value !== undefined) headers.set(name, value);
    if (body === undefined) return { url, init: { method, headers, redirect: 'manual' } };
    headers.set('content-type', 'application/json');
    return { url, init: { method, headers, redirect: 'manual', body: JSON.stringify(body) } };
  }
}

function answerIn(text: string, { status }: Response): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = 'The answer is not JSON: is this the address of a Postrider server?';
    throw new PostriderError('bad_answer', message, { status, retryable: false, cause });
  }
}

/** Finds the reason for a failed fetch, whose own message hides it in the cause. */
function reasonOf(error: unknown): string {
  const { cause = error } = error as { cause?: unknown };
  const { code, message } = cause as { code?: string; message?: string };
  return `Server unreachable: ${message || code || String(cause)}`;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
