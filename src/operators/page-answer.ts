import { extname } from 'node:path';
import type { FastifyReply } from 'fastify';
import { contentPolicy } from '../http/content-policy.js';

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
  // The queue board is a frame of the console.
  'Content-Security-Policy': contentPolicy({ 'frame-src': "'self'" }),
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
