import { type ArgumentsHost, Catch, NotFoundException } from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { PostriderError } from '../contract/postrider-error.js';
import { postriderErrorOf, problemHeaders, problemOf } from '../contract/problem.js';
import { EventLogger } from '../observability/event-logger.js';
import { HttpAdapter } from './http-adapter.js';
import { type RefusedRequest, tellRefusal } from './refusal-log.js';
import { isForeign } from './route-group.js';

/**
 * Answers errors as problem documents. On routes of the host application it handles only
 * `PostriderError`; Nest answers everything else there.
 */
@Catch()
export class ProblemFilter extends BaseExceptionFilter {
  private readonly logger = new EventLogger('Http');

  constructor(private readonly adapterHost: HttpAdapterHost) {
    super(adapterHost.httpAdapter);
  }

  override catch(thrown: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest & RefusedRequest>();
    // oxlint-disable-next-line promise/valid-params -- the method of Nest's filter, not of a promise
    if (!(thrown instanceof PostriderError) && isForeign(request)) return super.catch(thrown, host);
    const reply: unknown = http.getResponse();
    const methods = thrown instanceof NotFoundException ? this.methodsFor(request) : [];
    const error = methods.length > 0 ? methodNotAllowed(methods) : postriderErrorOf(thrown);
    if (methods.length > 0) httpAdapter.setHeader(reply, 'allow', methods.join(', '));
    tellRefusal(this.logger, error, request);
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
