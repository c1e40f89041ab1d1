import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import { visibleHeader } from './visible.header.js';

/** The one thing that is needed of the framework's reply. */
export interface HeaderSink {
  header(name: string, value: string): unknown;
}

/** The header `Idempotency-Key`, or undefined. Refuses one that is not 1 to 128 visible ASCII characters. */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>();
  return visibleHeader('Idempotency-Key', headers['idempotency-key']);
});

/** Says that the answer is that of an earlier request with the same key. */
export const answerReplayed = (reply: HeaderSink): void => void reply.header('Idempotent-Replayed', 'true');
