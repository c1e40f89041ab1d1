import { bounded } from './bounded.js';
import { type ErrorCode, PostriderError } from './errors.js';
import type { Socket } from './options.js';

/** A socket of `ws` in Node, which tells more than a browser's does. */
interface NodeSocket extends Partial<Socket> {
  on?(event: 'unexpected-response', listener: (request: unknown, response: NodeResponse) => void): void;
  terminate?(): void;
}

interface NodeResponse {
  statusCode: number;
  headers: Readonly<Record<string, string | undefined>>;
  on(event: 'data' | 'close', listener: (part: unknown) => void): void;
}

/** More than any problem document has. */
const MAX_TEXT = 16_384;

/** Calls back where the server refuses the handshake by an HTTP answer. @returns whether the platform tells of that. */
export function watchRefusal(url: string, socket: NodeSocket, refused: (error: PostriderError) => void): boolean {
  if (!socket.on) return false;
  socket.on('unexpected-response', (_, response) => {
    let text = '';
    response.on('data', (part) => {
      if (text.length < MAX_TEXT) text += String(part);
    });
    response.on('close', () => {
      refused(refusalOf(url, response.statusCode, text, response.headers['retry-after']));
      socket.terminate?.();
    });
  });
  return true;
}

/**
 * Asks the server why a handshake failed, where the platform keeps that to itself.
 * @returns undefined where nobody answers.
 */
export async function askWhy(url: string, timeoutMs: number): Promise<PostriderError | undefined> {
  try {
    return await bounded(ask(url), timeoutMs, () => new Error());
  } catch {
    return undefined;
  }
}

async function ask(url: string): Promise<PostriderError> {
  // To a page's own host a browser sends no `Origin`.
  const { origin } = globalThis.location ?? {};
  const address = url.replace(/^ws([^?]*).*/, 'http$1/why') + (origin ? `?origin=${encodeURIComponent(origin)}` : '');
  const answer = await fetch(address, { credentials: 'omit', cache: 'no-store' });
  return refusalOf(url, answer.status, await answer.text(), answer.headers.get('retry-after'));
}

/** The failure that an HTTP answer in the place of a connection stands for. */
function refusalOf(url: string, status: number, text: string, retryAfter: unknown): PostriderError {
  let problem: { code?: ErrorCode; detail?: string } | null = null;
  try {
    problem = JSON.parse(text) as typeof problem;
  } catch {
    // A page of a proxy, for instance.
  }
  const { code = 'unreachable', detail = `${url.split('?')[0]}: the answer is HTTP ${status} and no WebSocket` } =
    problem ?? {};
  const isFull = status === 429 || status === 503;
  return new PostriderError(code, detail, true, undefined, isFull ? Number(retryAfter) * 1_000 : undefined);
}
