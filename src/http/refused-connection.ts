import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { PostriderError } from '../contract/postrider-error.js';
import { problemHeaders, problemOf } from '../contract/problem.js';
import { SECURITY_HEADERS } from './security-headers.js';

/** Request line whose method is at least spelled like one. */
const REQUEST_LINE = /^[!#$%&'*+.^_`|~\w-]+ \S+ HTTP\/1\.[01]\r\n/;

/** Error of Node's parser. */
interface UnreadError extends NodeJS.ErrnoException {
  /** Bytes that the parser had read when it failed. */
  readonly rawPacket?: unknown;
}

/** Writes an answer to a connection without a response object, and closes it. */
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

/** Maps an error of Node's parser to an error of the catalogue. */
export function unreadableRequest({ code, rawPacket }: UnreadError): PostriderError {
  if (code === 'HPE_HEADER_OVERFLOW') return new PostriderError('header_too_large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new PostriderError('request_timeout');
  if (code === 'HPE_INVALID_METHOD' && Buffer.isBuffer(rawPacket) && REQUEST_LINE.test(rawPacket.toString('latin1'))) {
    return new PostriderError('unknown_method', 'Use GET, POST or DELETE.');
  }
  return new PostriderError('invalid_request', 'The request could not be read. Check its syntax and headers.');
}
