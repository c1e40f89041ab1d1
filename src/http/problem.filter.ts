import { type ArgumentsHost, Catch, type ExceptionFilter, NotFoundException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { PostriderError } from '../contract/postrider-error.js';
import { HttpAdapter } from './http-adapter.js';
import { type RefusedRequest, tellRefusal } from './refusal-log.js';
import { postriderErrorOf, problemHeaders, problemOf } from '../contract/problem.js';
import { EventLogger } from '../observability/event-logger.js';

/** Answers everything thrown during an HTTP request as a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter<unknown> {
  private readonly logger = new EventLogger('Http');

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const http = host.switchToHttp();
    const reply: unknown = http.getResponse();
    const methods = thrown instanceof NotFoundException ? this.methodsFor(http.getRequest()) : [];
    const error = methods.length > 0 ? methodNotAllowed(methods) : postriderErrorOf(thrown);
    if (methods.length > 0) httpAdapter.setHeader(reply, 'allow', methods.join(', '));
    tellRefusal(this.logger, error, http.getRequest<RefusedRequest>());
    if (httpAdapter.isHeadersSent(reply)) return httpAdapter.end(reply);
    for (const [name, value] of Object.entries(problemHeaders(error))) httpAdapter.setHeader(reply, name, value);
    httpAdapter.reply(reply, problemOf(error), error.status);
  }

  /** Other methods of the path; Nest throws if no route matches. */
  private methodsFor(request: FastifyRequest): string[] {
    const { httpAdapter } = this.adapterHost;
    return httpAdapter instanceof HttpAdapter ? httpAdapter.methodsFor(request) : [];
  }
}

const methodNotAllowed = (methods: readonly string[]): PostriderError =>
  new PostriderError('method_not_allowed', `This path supports only ${methods.join(' and ')}.`);
