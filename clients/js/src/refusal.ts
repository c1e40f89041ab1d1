import type { ErrorCode } from './errors.js';

/** HTTP answer in place of a connection, as `ws` in Node hands it over. */
export interface NodeResponse extends AsyncIterable<unknown> {
  statusCode: number;
  headers: Readonly<Record<string, string | undefined>>;
}

/** Reason for a refused handshake, in the server's words. */
export interface Refused {
  code: ErrorCode;
  message: string;
  retryAfterMs: number | undefined;
}

/** Maximum characters read; no problem document is longer. */
const MAX_LENGTH = 16_384;

/** Reads the answer to a refused handshake. */
export async function readAnswer(url: string, response: NodeResponse): Promise<Refused> {
  let text = '';
  for await (const part of response) {
    if (text.length < MAX_LENGTH) text += String(part);
  }
  return refusedBy(url, response.statusCode, text, response.headers['retry-after']);
}

/** Asks the server over HTTP why a handshake failed, for platforms that do not say. */
export async function askWhy(url: string): Promise<Refused> {
  // A browser sends no `Origin` to the page's own host.
  const { origin } = globalThis.location ?? {};
  const query = origin ? `?origin=${encodeURIComponent(origin)}` : '';
  const address = url.replace(/^ws([^?]*).*/, 'http$1/why') + query;
  const answer = await fetch(address, { credentials: 'omit', cache: 'no-store' });
  return refusedBy(url, answer.status, await answer.text(), answer.headers.get('retry-after'));
}

function refusedBy(url: string, status: number, text: string, retryAfter: unknown): Refused {
  const { code, detail } = problemOf(text);
  const isFull = status === 429 || status === 503;
  return {
    code: code ?? 'unreachable',
    message: detail ?? `${url.split('?')[0]}: the answer is HTTP ${status}, not a WebSocket`,
    retryAfterMs: isFull ? Number(retryAfter) * 1_000 : undefined,
  };
}

/**
 * Parses the problem document in an answer; empty if the answer is something else, such as a
 * proxy's page.
 */
function problemOf(text: string): { code?: ErrorCode; detail?: string } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}
