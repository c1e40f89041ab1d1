import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Names a request in the log and in its answer. */
export const REQUEST_ID_HEADER = 'x-request-id';

const VISIBLE = /^[\x21-\x7e]{1,128}$/;

/** The id that a client or a proxy gave the request, or a new one where there is none that can be used. */
export function requestIdOf({ headers }: { headers: IncomingHttpHeaders }): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && VISIBLE.test(given) ? given : randomUUID();
}
