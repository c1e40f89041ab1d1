import type { Accepted, Books, NotificationBody, Status } from './rest-types.js';
import { until } from './wait.js';

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
  tookMs: number;
}

export interface RequestOptions {
  body?: unknown;
  /** Text to send as it is, instead of `body`. */
  raw?: string;
  headers?: Record<string, string>;
  idempotencyKey?: string;
  timeoutMs?: number;
}

/** REST client of a publisher: plain `fetch`, which keeps its connections alive. */
export class RestClient {
  constructor(
    readonly url: string,
    private readonly apiKey?: string,
  ) {}

  /**
   * Makes any call. `T` is the expected type of the body; a body that is not JSON is returned as
   * text.
   */
  async call<T>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
    const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const startedAt = performance.now();
    const response = await fetch(this.url + path, {
      method,
      body: body ?? null,
      headers: this.headers(options, body !== undefined),
      signal: AbortSignal.timeout(options.timeoutMs ?? 30_000),
    });
    const text = await response.text();
    const tookMs = performance.now() - startedAt;
    return { status: response.status, headers: response.headers, body: parse(text, response) as T, tookMs };
  }

  get<T>(path: string, options?: RequestOptions): Promise<Answer<T>> {
    return this.call('GET', path, options);
  }

  post<T>(path: string, body: unknown, options?: RequestOptions): Promise<Answer<T>> {
    return this.call('POST', path, { ...options, body });
  }

  delete<T>(path: string, options?: RequestOptions): Promise<Answer<T>> {
    return this.call('DELETE', path, options);
  }

  /** Publishes and requires a 202. */
  async notify(body: NotificationBody, idempotencyKey?: string): Promise<Accepted> {
    const answer = await this.post<Accepted>('/v1/notifications', body, { ...(idempotencyKey && { idempotencyKey }) });
    if (answer.status !== 202) throw new Error(`not accepted: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  status(id: string): Promise<Status> {
    return this.found(`/v1/notifications/${id}`);
  }

  books(): Promise<Books> {
    return this.found('/v1/books');
  }

  /** Repeats a call after a 503, as callers should: it is a valid answer around a failover. */
  private async found<T>(path: string): Promise<T> {
    const ask = async (): Promise<false | Answer<T>> => {
      const answer = await this.get<T>(path);
      return answer.status !== 503 && answer;
    };
    return (await until(ask, { timeoutMs: 30_000, what: `GET ${path} is answered` })).body;
  }

  /** Returns one metric of `GET /metrics`, summed over all labels. */
  async metric(name: string): Promise<number> {
    const { body } = await this.get<string>('/metrics');
    const samples = body.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    if (samples.length === 0) throw new Error(`no metric ${name}`);
    return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  private headers({ headers, idempotencyKey }: RequestOptions, hasBody: boolean): Record<string, string> {
    return {
      ...(hasBody && { 'content-type': 'application/json' }),
      ...(this.apiKey && { authorization: `Bearer ${this.apiKey}` }),
      ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      ...headers,
    };
  }
}

function parse(text: string, response: Response): unknown {
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return isJson && text ? JSON.parse(text) : text;
}
