import type { PostriderError } from '../contract/postrider-error.js';
import type { EventLogger } from '../observability/event-logger.js';

/**
 * Loggable parts of a request. Of the URL only the pattern, since path and query may hold anything.
 */
export interface RefusedRequest {
  readonly id: string;
  readonly method: string;
  readonly routeOptions?: { readonly url?: string | undefined };
  /** Set by the guard. */
  readonly publisher?: { readonly app: string; readonly name: string };
}

/** Logs a request that was answered with an error. */
export function tellRefusal(logger: EventLogger, error: PostriderError, request: RefusedRequest): void {
  const { status, code, field } = error;
  const { id: requestId, method, routeOptions, publisher } = request;
  const route = routeOptions?.url ?? 'none';
  const told = { requestId, method, route, status, code, field, app: publisher?.app, publisher: publisher?.name };
  if (code === 'internal') logger.event('request_failed', told, error.cause ?? error);
  else logger.event(status >= 500 ? 'request_unserved' : 'request_refused', told);
}
