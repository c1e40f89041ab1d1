import { signal } from '@preact/signals';
import { addressOf } from '../../shared/address.js';
import { readJson, writeJson } from '../../shared/exact-json.js';

/** Invalid field of a request. */
export interface FieldFault {
  field: string;
  message: string;
}

/** Error of a call; `code` is the server's, or `unreachable` if no answer came. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** True if the same call may succeed later. */
    readonly retryable = false,
    /** Wait that the server asks for. */
    readonly retryAfterMs?: number,
    readonly errors: readonly FieldFault[] = [],
  ) {
    super(message);
  }
}

export interface CallOptions {
  /** App of the call. Default: the selected one. */
  app?: string;
  body?: unknown;
  signal?: AbortSignal;
  idempotencyKey?: string;
  timeoutMs?: number;
}

/** Selected app. The header with each call also keeps other sites from making calls. */
export const currentApp = signal('');

/** Called when the server no longer knows the session. */
export const onUnauthorized: { listener: () => void } = { listener: () => {} };

const TIMEOUT_MS = 20_000;

/**
 * Calls the server.
 * @throws ApiError
 */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const response = await request(method, path, options);
  const body: unknown = await read(response);
  // Each caller names the answer type of its path.
  if (response.ok) return body as T;
  const error = errorOf(response, body);
  if (error.status === 401 && !path.startsWith('/console/session')) onUnauthorized.listener();
  throw error;
}

async function request(method: string, path: string, options: CallOptions): Promise<Response> {
  const { app = currentApp.value, body, signal, idempotencyKey, timeoutMs = TIMEOUT_MS } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await fetch(addressOf(path), {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(app && { 'postrider-app': app }),
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      },
      body: body === undefined ? null : writeJson(body),
      credentials: 'same-origin',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    const late = timeout.aborted;
    const message = late
      ? `The server did not answer within ${timeoutMs / 1_000} s.`
      : 'The server does not answer. Check that it is running and try again.';
    throw new ApiError(0, 'unreachable', message, true);
  }
}

async function read(response: Response): Promise<unknown> {
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  try {
    return isJson ? readJson(await response.text()) : await response.text();
  } catch {
    throw new ApiError(0, 'unreachable', 'The connection broke during the server’s answer. Try again.', true);
  }
}

function errorOf(response: Response, body: unknown): ApiError {
  // A proxy may have answered. Only a problem document comes from the server.
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (name: string): string | undefined => (typeof problem[name] === 'string' ? problem[name] : undefined);
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  return new ApiError(
    response.status,
    text('code') ?? 'unknown',
    text('detail') ?? text('title') ?? `The server answered ${response.status} ${response.statusText}.`,
    problem['retryable'] === true,
    Number.isFinite(retryAfter) ? retryAfter * 1_000 : undefined,
    Array.isArray(problem['errors']) ? (problem['errors'] as FieldFault[]) : [],
  );
}
