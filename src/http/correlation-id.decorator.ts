import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { visibleHeader } from './visible-header.js';

const NAME = 'X-Correlation-Id';

/** The header `X-Correlation-Id`, or undefined. Refuses one that is not 1 to 128 visible ASCII characters. */
export const CorrelationId = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>();
  return visibleHeader(NAME, headers['x-correlation-id']);
});

/** Documents the header of a call that takes it. */
export const TakesCorrelationId = (): MethodDecorator =>
  ApiHeader({
    name: NAME,
    required: false,
    description:
      'What the publisher calls the work that this belongs to: in frames, status answers, dead letters and logs',
    schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' },
  });
