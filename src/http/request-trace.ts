import { type ExecutionContext, Injectable, createParamDecorator } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { NOT_SAMPLED, type TraceContext, type TraceSpan, Tracing } from '../observability/tracing.js';
import { RequestLifecycle, type RequestObserver, type RequestOutcome } from './request-lifecycle.js';
import { groupOf } from './route-group.js';

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
@Injectable()
export class RequestTraces implements RequestObserver {
  constructor(
    requests: RequestLifecycle,
    private readonly tracing: Tracing,
  ) {
    if (tracing.isOn) requests.observe(this);
  }

  onStart(request: FastifyRequest): void {
    if (groupOf(request) !== 'rest' || (request.method !== 'POST' && request.method !== 'DELETE')) return;
    const { url = '' } = request.routeOptions;
    const attributes = { 'http.request.method': request.method, 'http.route': url };
    const options = { kind: 'server', parent: parentOf(request), attributes } as const;
    spans.set(request, this.tracing.start(`${request.method} ${url}`, options));
  }

  onEnd(request: FastifyRequest, { status, isAborted }: RequestOutcome): void {
    const span = spans.get(request);
    // Unauthorized callers must not write into the traces of others: a span that does not end is
    // never sent.
    if (!span || isAborted || status === 401 || status === 403) return;
    if (status >= 500) span.fail(String(status));
    else span.end({ 'http.response.status_code': status });
  }
}

function parentOf({ headers }: FastifyRequest): TraceContext | undefined {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string') return undefined;
  return { traceparent, ...(typeof tracestate === 'string' && { tracestate }) };
}
