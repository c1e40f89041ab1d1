import { extname } from 'node:path';
import type { FastifyReply } from 'fastify';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.map': 'application/json',
  '.woff2': 'font/woff2',
};

/**
 * Strict headers, because the pages handle tokens and keys: only their own files and server may
 * take part.
 */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    // The queue board, inside the console.
    "frame-src 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cache-Control': 'no-cache',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Sends the HTML of a page. */
export const sendPage = (reply: FastifyReply, html: Buffer): void => sendFile(reply, '.html', html, PAGE_HEADERS);

/** Sends a file with the content type of its name. */
export function sendFile(
  reply: FastifyReply,
  name: string,
  content: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  void reply
    .headers(headers)
    .type(CONTENT_TYPES[name.startsWith('.') ? name : extname(name)] ?? 'application/octet-stream')
    .send(content);
}
