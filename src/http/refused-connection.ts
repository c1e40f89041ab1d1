import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { PostriderError } from '../contract/postrider-error.js';
import { problemHeaders, problemOf } from '../contract/problem.js';
import { SECURITY_HEADERS } from './security-headers.js';

/** An HTTP request whose method is one by its spelling. */
const REQUEST_LINE = /^[!#$%&'*+.^_`|~\w-]+ \S+ HTTP\/1\.[01]\r\n/;

/** An error of Node's parser. */
interface UnreadError extends NodeJS.ErrnoException {
  /** What was read when it failed. */
  readonly rawPacket?: unknown;
}

/** Answers on a connection that has no response, and ends it. */
export function refuseConnection(socket: Duplex, error: PostriderError): void {
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify(problemOf(error));
  const headers = {
    ...SECURITY_HEADERS,
    ...problemHeaders(error),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** What Node's parser could not take, or would not wait for. */
export function unreadableRequest({ code, rawPacket }: UnreadError): PostriderError {
  if (code === 'HPE_HEADER_OVERFLOW') return new PostriderError('header_too_large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new PostriderError('request_timeout');
  if (code === 'HPE_INVALID_METHOD' && Buffer.isBuffer(rawPacket) && REQUEST_LINE.test(rawPacket.toString('latin1'))) {
    return new PostriderError('unknown_method', 'Use GET, POST or DELETE.');
  }
  return new PostriderError('invalid_request', 'The request could not be read.');
}
