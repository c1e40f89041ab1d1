import { ApiHeader } from '@nestjs/swagger';
import { type RequestHeaders, visibleHeader } from './visible-header.js';

const NAME = 'Idempotency-Key';

/** Method that is used of the framework's reply. */
export interface HeaderSink {
  header(name: string, value: string): unknown;
}

/**
 * Header `Idempotency-Key`, or undefined.
 * @throws PostriderError unless it is 1 to 128 visible ASCII characters.
 */
export const idempotencyKeyOf = (headers: RequestHeaders): string | undefined =>
  visibleHeader(NAME, headers['idempotency-key']);

/** Documents the header in the calls that accept it. */
export const TakesIdempotencyKey = (): MethodDecorator =>
  ApiHeader({
    name: NAME,
    required: false,
    description:
      'Makes the request safe to repeat: the same key and body are stored once, and a repetition gets the first answer. The same key with another body is refused with 422',
    schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' },
  });

/** Marks the answer as that of an earlier request with the same key. */
export const answerReplayed = (reply: HeaderSink): void => void reply.header('Idempotent-Replayed', 'true');
