import { addressOf } from '../shared/address.js';
import { readJson, writeJson } from '../shared/exact-json.js';
/** Answers of REST calls, with the fields that the demo uses. */
export type NotificationState = 'scheduled' | 'accepted' | 'acknowledged' | 'expired' | 'dead' | 'cancelled';

export interface Accepted {
  id: string;
  state: NotificationState;
  targets: { topic: string; offset?: number; online?: number; error?: string }[];
}

export interface Status extends Accepted {
  recipients: { total: number; acked: number; pending: number };
  history: { state: string; at: string }[];
}

export interface BatchResult {
  status: number;
  id?: string;
  targets?: Accepted['targets'];
}

interface Problem {
  title?: string;
  detail?: string;
  errors?: { field: string; message: string }[];
}

/** Failure of a call; `status` is 0 without an answer. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** REST calls to the page's server. */
export class Api {
  constructor(private readonly key: () => string) {}

  notify(notification: object, idempotencyKey: string): Promise<Accepted> {
    return this.call('POST', '/v1/notifications', notification, { 'Idempotency-Key': idempotencyKey });
  }

  batch(notifications: readonly object[]): Promise<{ results: BatchResult[] }> {
    return this.call('POST', '/v1/notifications/batch', { notifications });
  }

  status(id: string): Promise<Status> {
    return this.call('GET', `/v1/notifications/${encodeURIComponent(id)}`);
  }

  private call<T>(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<T> {
    return call<T>(method, path, body, { ...headers, Authorization: `Bearer ${this.key()}` });
  }
}

/** Makes a JSON call. @throws ApiError with a message for the reader. */
export async function call<T>(
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<T> {
  const json = body && { body: writeJson(body), headers: { ...headers, 'Content-Type': 'application/json' } };
  const response = await fetch(addressOf(path), { method, headers, ...json }).catch(() => {
    throw new ApiError(0, 'The server does not answer. Check that it is running and try again.');
  });
  const answer = await response
    .text()
    .then(readJson)
    .catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, describe(answer as Problem, response.status));
  return answer as T;
}

function describe({ title, detail, errors = [] }: Problem, status: number): string {
  const fields = errors.map(({ field, message }) => `${field}: ${message}`);
  return [detail ?? title ?? `Status ${status}`, ...fields].join(' – ');
}
