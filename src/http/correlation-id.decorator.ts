import { ApiHeader } from '@nestjs/swagger';
import { type RequestHeaders, visibleHeader } from './visible-header.js';

const NAME = 'X-Correlation-Id';

/** The header `X-Correlation-Id`, or undefined. @throws PostriderError if it is not 1 to 128 visible ASCII characters. */
export const correlationIdOf = (headers: RequestHeaders): string | undefined =>
  visibleHeader(NAME, headers['x-correlation-id']);

/** Documents the header of a call that takes it. */
export const TakesCorrelationId = (): MethodDecorator =>
  ApiHeader({
    name: NAME,
    required: false,
    description:
      'What the publisher calls the work that this belongs to: in frames, status answers, dead letters and logs',
    schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' },
  });
