import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Header that identifies a request in the log and in its answer. */
export const REQUEST_ID_HEADER = 'x-request-id';

const VISIBLE = /^[\x21-\x7e]{1,128}$/;

/** Request id from the client or a proxy, or a new one if theirs is missing or unusable. */
export function requestIdOf({ headers }: { headers: IncomingHttpHeaders }): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && VISIBLE.test(given) ? given : randomUUID();
}
