import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import { correlationIdOf } from '../http/correlation-id.decorator.js';
import { idempotencyKeyOf } from '../http/idempotency-key.decorator.js';
import { traceOf } from '../http/request-trace.js';
import type { RequestHeaders } from '../http/visible-header.js';
import type { Circumstances } from '../publish/accept-planner.js';

/**
 * Parameter decorator for the context of a notification: idempotency key, correlation id and trace.
 */
export const ReadCircumstances = createParamDecorator((_: unknown, context: ExecutionContext): Circumstances => {
  const request = context.getArgByIndex<{ headers: RequestHeaders }>(0);
  const { headers } = request;
  return { key: idempotencyKeyOf(headers), correlationId: correlationIdOf(headers), parent: traceOf(request) };
});
