import { HttpException } from '@nestjs/common';
import { type ErrorCode, type FieldError, PostriderError, detailOf } from './postrider-error.js';

/** An error as RFC 9457 writes it, with the stable `code` and `retryable` of ours. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  retryable: boolean;
  errors?: readonly FieldError[];
}

const CODE_OF_STATUS: Readonly<Partial<Record<number, ErrorCode>>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  503: 'draining',
};

/**
 * The catalogue entry of whatever was thrown. Nest and Fastify refuse requests with errors of their own, whose
 * messages may repeat what the client sent; only their status is kept. Everything unknown is `internal`.
 */
export function postriderErrorOf(thrown: unknown): PostriderError {
  if (thrown instanceof PostriderError) return thrown;
  const status = statusOf(thrown);
  const code = CODE_OF_STATUS[status] ?? (status >= 400 && status < 500 ? 'invalid_request' : 'internal');
  const detail = code === 'invalid_request' ? 'The request could not be read.' : detailOf(code);
  return new PostriderError(code, detail, { cause: thrown });
}

export function problemOf({ code, title, status, detail, retryable, errors }: PostriderError): Problem {
  return {
    type: `urn:postrider:problem:${code}`,
    title,
    status,
    code,
    detail,
    retryable,
    ...(errors && { errors }),
  };
}

/** The headers that belong to an error: when to come back, or how to authenticate. */
export function problemHeaders({ status, retryAfterMs = 0 }: PostriderError): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (status === 429 || status === 503) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="postrider"';
  return headers;
}

function statusOf(thrown: unknown): number {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const isFastifys = thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number';
  return isFastifys ? Number(thrown.statusCode) : 500;
}
