import { connect } from 'node:net';
import { within } from '../../support/wait.js';

export interface HttpAnswer {
  /** Status of the answer; 0 if the connection ended without one. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** True if the answer is complete according to its headers. */
  readonly isWhole: boolean;
}

const ANSWER_MS = 10_000;
/**
 * Pause before an incomplete request is ended, because the server rightly waits for the rest until
 * then.
 */
const REST_MS = 40;
const LAST_CHUNK = '0\r\n\r\n';
const NONE: HttpAnswer = { status: 0, headers: new Map(), body: '', isWhole: true };

/** Sends bytes on a new connection and reads the first answer; the rest is discarded. */
export function exchange(port: number, request: Buffer, isWholeRequest: boolean): Promise<HttpAnswer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const chunks: Buffer[] = [];
  const ended = new Promise<HttpAnswer>((resolve) => {
    const done = (): void => {
      resolve(answerOf(Buffer.concat(chunks).toString('latin1')) ?? NONE);
      socket.destroy();
    };
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const answer = chunk.length < 100_000 ? answerOf(Buffer.concat(chunks).toString('latin1')) : undefined;
      if (answer?.isWhole) done();
    });
    // A write to a closed connection is reset, perhaps after an answer.
    socket.on('error', done);
    socket.on('end', done);
  });
  socket.write(request);
  const noMore = isWholeRequest ? undefined : setTimeout(() => socket.end(), REST_MS);
  return within(ended, ANSWER_MS, 'an answer, or the end of the connection').finally(() => {
    clearTimeout(noMore);
    socket.destroy();
  });
}

function answerOf(text: string): HttpAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? [];
  if (end < 0 || status === undefined) return undefined;
  const rest = text.slice(end + 4);
  if (status === '100') return answerOf(rest);
  const lines = text.slice(0, end).split('\r\n').slice(1);
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const length = headers.get('content-length');
  const isChunked = headers.get('transfer-encoding') === 'chunked';
  const isEmpty = ['101', '204', '304'].includes(status);
  const isWhole = isEmpty || (isChunked ? rest.endsWith(LAST_CHUNK) : rest.length >= Number(length ?? Infinity));
  // Later bytes answer whatever followed the request.
  const body = isChunked ? unchunked(rest) : rest.slice(0, Number(length ?? Infinity));
  return { status: Number(status), headers, body, isWhole };
}

function unchunked(text: string): string {
  const size = /^([0-9a-f]+)\r\n/i;
  let [left, body] = [text, ''];
  for (let line = size.exec(left); line && line[1] !== '0'; line = size.exec(left)) {
    const end = line[0].length + Number.parseInt(line[1] ?? '', 16);
    body += left.slice(line[0].length, end);
    left = left.slice(end + 2);
  }
  return body;
}
