import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import { PostriderError } from '../errors/postrider.error.js';

/** The one thing that is needed of the framework's reply. */
export interface HeaderSink {
  header(name: string, value: string): unknown;
}

const KEY = /^[\x21-\x7e]{1,128}$/;

/** The header `Idempotency-Key`, or undefined. Refuses one that is not 1 to 128 visible ASCII characters. */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>();
  return idempotencyKeyOf(headers['idempotency-key']);
});

export function idempotencyKeyOf(header: unknown): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && KEY.test(header)) return header;
  throw new PostriderError('invalid_request', 'Idempotency-Key must be 1 to 128 visible ASCII characters.', {
    field: 'Idempotency-Key',
  });
}

/** Says that the answer is that of an earlier request with the same key. */
export const answerReplayed = (reply: HeaderSink): void => void reply.header('Idempotent-Replayed', 'true');
