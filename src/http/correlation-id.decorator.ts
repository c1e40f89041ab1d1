import { ApiHeader } from '@nestjs/swagger';
import { type RequestHeaders, visibleHeader } from './visible-header.js';

const NAME = 'X-Correlation-Id';

/**
 * Header `X-Correlation-Id`, or undefined.
 * @throws PostriderError unless it is 1 to 128 visible ASCII characters.
 */
export const correlationIdOf = (headers: RequestHeaders): string | undefined =>
  visibleHeader(NAME, headers['x-correlation-id']);

/** Documents the header in the calls that accept it. */
export const TakesCorrelationId = (): MethodDecorator =>
  ApiHeader({
    name: NAME,
    required: false,
    description: 'Correlation id of the publisher; returned in frames, status answers and dead letters, and logged',
    schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' },
  });
