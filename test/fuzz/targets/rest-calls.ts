import type { z } from 'zod';
import { exampleOf } from '../../contract/rest-call.js';
import { REST_CALLS } from '../../contract/rest-calls.js';

/** Parts of a raw request. */
export interface Call {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly body?: unknown;
  /** Schema of the body; without it, the class of the answer is not checked. */
  readonly schema?: z.ZodType;
}

const KINDS: readonly Call[] = [
  {
    method: 'POST',
    path: '/v1/notifications',
    body: {
      to: { topic: 'public.fuzz' },
      type: 't',
      data: [1, { a: null }],
      ack: 'all',
      ackWaitMs: 1_000,
      maxAttempts: 2,
      ttlMs: 5_000,
    },
  },
  {
    method: 'POST',
    path: '/v1/notifications',
    body: { to: { users: ['fuzz', 'b'] }, type: 't', data: 'x', delayMs: 50, priority: 'high', collapseKey: 'k' },
  },
  {
    method: 'POST',
    path: '/v1/notifications',
    body: { to: { topics: ['public.fuzz', 'news'] }, type: 't', data: null, deliverAt: '2026-12-31T00:00:00Z' },
  },
  {
    method: 'POST',
    path: '/v1/notifications',
    body: { to: { all: true }, type: 't', data: 0, priority: 'low', ttlMs: 1_000 },
  },
  { method: 'GET', path: '/v1/notifications/none/receipts?state=pending&limit=10' },
  { method: 'GET', path: '/v1/topics/user:fuzz/history?from=1&limit=5' },
];

/** Calls of docs/rest-api.md with their examples, and some more bodies. */
export const CALLS: readonly Call[] = [
  ...REST_CALLS.map(({ method, example, body }) => ({ method, path: example, ...(body && { body: exampleOf(body) }) })),
  ...KINDS,
].map((call) => {
  const schema = REST_CALLS.find(({ method, path }) => method === call.method && path === call.path)?.body;
  return { ...call, ...(schema && { schema }) };
});

/** Other requests that the server answers, as raw text. */
export const OTHER_REQUESTS: readonly string[] = [
  'GET /health/ready HTTP/1.1\r\nHost: fuzz\r\n\r\n',
  'GET /metrics HTTP/1.1\r\nHost: fuzz\r\nAccept: */*\r\n\r\n',
  'GET /docs/json HTTP/1.1\r\nHost: fuzz\r\n\r\n',
  'GET /docs/asyncapi.json HTTP/1.1\r\nHost: fuzz\r\n\r\n',
  'GET /console HTTP/1.1\r\nHost: fuzz\r\nCookie: postrider_console=a.b.c; x=y\r\n\r\n',
  'GET /assets/..%2f..%2fpackage.json HTTP/1.1\r\nHost: fuzz\r\n\r\n',
  'GET /client/postrider.js HTTP/1.1\r\nHost: fuzz\r\nIf-None-Match: "x"\r\nRange: bytes=0-1\r\n\r\n',
  'OPTIONS /v1/notifications HTTP/1.1\r\nHost: fuzz\r\nOrigin: https://elsewhere.example\r\nAccess-Control-Request-Method: POST\r\n\r\n',
  'GET /ws?session=a HTTP/1.1\r\nHost: fuzz\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: postrider.v1\r\n\r\n',
  'POST /v1/notifications HTTP/1.1\r\nHost: fuzz\r\nAuthorization: Bearer none\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'POST /v1/notifications HTTP/1.1\r\nHost: fuzz\r\nExpect: 100-continue\r\nContent-Type: application/json; charset=utf-16\r\nContent-Length: 2\r\n\r\n{}',
];
