import { HttpException } from '@nestjs/common';
import { type ErrorCode, type FieldError, PostriderError, detailOf } from './postrider-error.js';

/** RFC 9457 problem with Postrider's `code` and `retryable`. */
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
 * Maps anything thrown to the catalogue. Errors of Nest and Fastify keep only their status, because
 * their messages may repeat the client's input. Everything unknown is `internal`.
 */
export function postriderErrorOf(thrown: unknown): PostriderError {
  if (thrown instanceof PostriderError) return thrown;
  const status = statusOf(thrown);
  const code = CODE_OF_STATUS[status] ?? (status >= 400 && status < 500 ? 'invalid_request' : 'internal');
  const detail =
    code === 'invalid_request' ? 'The request could not be read. Check its syntax and headers.' : detailOf(code);
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

/** Headers of an error answer: when to retry, or how to authenticate. */
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
