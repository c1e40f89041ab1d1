import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { groupOf } from './route-group.js';
import { NOT_SAMPLED, type TraceContext, type TraceSpan, type Tracing } from '../observability/tracing.js';

/** Spans of requests; undefined if a request is not traced. */
const spans = new WeakMap<object, TraceSpan | undefined>();

/** Span of a request; undefined if it is not traced. */
export const traceOf = (request: object): TraceContext | undefined =>
  spans.has(request) ? (spans.get(request)?.context ?? NOT_SAMPLED) : undefined;

/** Parameter decorator for the span of the request. */
export const RequestTrace = createParamDecorator((_: unknown, context: ExecutionContext): TraceContext | undefined =>
  traceOf(context.switchToHttp().getRequest<object>()),
);

/** Traces the REST calls that change something, as children of the caller's `traceparent`. */
export function traceRequests(fastify: FastifyInstance, tracing: Tracing): void {
  fastify.addHook('onRequest', (request, _reply, next) => {
    const { url = '' } = request.routeOptions;
    if (groupOf(request) === 'rest' && (request.method === 'POST' || request.method === 'DELETE')) {
      const attributes = { 'http.request.method': request.method, 'http.route': url };
      spans.set(
        request,
        tracing.start(`${request.method} ${url}`, { kind: 'server', parent: parentOf(request), attributes }),
      );
    }
    next();
  });
  fastify.addHook('onResponse', (request, { statusCode }, next) => {
    const span = spans.get(request);
    // Unauthorized callers must not write into the traces of others: a span that does not end is
    // never sent.
    if (statusCode >= 500) span?.fail(String(statusCode));
    else if (statusCode !== 401 && statusCode !== 403) span?.end({ 'http.response.status_code': statusCode });
    next();
  });
}

function parentOf({ headers }: FastifyRequest): TraceContext | undefined {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string') return undefined;
  return { traceparent, ...(typeof tracestate === 'string' && { tracestate }) };
}
