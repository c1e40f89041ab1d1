import type { IncomingHttpHeaders } from 'node:http';
import { PostriderError } from '../contract/postrider-error.js';

/** Most bodies need no closer look. */
const USUAL = 'application/json';
const CHARSET = /;\s*charset\*?\s*=\s*("[^"]*"|[^;]*)/gi;
const UTF_8 = /^"?utf-?8"?$/i;

/**
 * Refuses a body that is encoded: it would be misread as JSON in UTF-8.
 * @throws PostriderError naming the header.
 */
export function requirePlainBody(headers: IncomingHttpHeaders): void {
  const { 'transfer-encoding': transfer, 'content-encoding': content, 'content-type': type = '' } = headers;
  if (transfer === undefined && Number(headers['content-length'] ?? 0) === 0) return;
  if (transfer !== undefined && transfer.trim().toLowerCase() !== 'chunked') {
    throw new PostriderError('invalid_request', 'Transfer-Encoding must be chunked only: send the body uncompressed.', {
      field: 'Transfer-Encoding',
    });
  }
  if (content !== undefined && content.split(',').some((coding) => coding.trim().toLowerCase() !== 'identity')) {
    throw new PostriderError(
      'unsupported_media_type',
      'Content-Encoding must be identity: send the body uncompressed.',
      {
        field: 'Content-Encoding',
      },
    );
  }
  if (type !== USUAL && [...type.matchAll(CHARSET)].some(([, charset = '']) => !UTF_8.test(charset.trim()))) {
    throw new PostriderError('unsupported_media_type', 'The charset of Content-Type must be utf-8: send UTF-8.', {
      field: 'Content-Type',
    });
  }
}
