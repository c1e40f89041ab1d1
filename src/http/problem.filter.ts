import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type RefusedRequest, tellRefusal } from './refusal.log.js';
import { postriderErrorOf, problemHeaders, problemOf } from './problem.js';
import { EventLog } from '../observability/event.log.js';

/** Answers everything that is thrown on the way of an HTTP request as a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter<unknown> {
  private readonly logger = new EventLog('Http');

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const http = host.switchToHttp();
    const reply: unknown = http.getResponse();
    const error = postriderErrorOf(thrown);
    tellRefusal(this.logger, error, http.getRequest<RefusedRequest>());
    if (httpAdapter.isHeadersSent(reply)) return httpAdapter.end(reply);
    for (const [name, value] of Object.entries(problemHeaders(error))) httpAdapter.setHeader(reply, name, value);
    httpAdapter.reply(reply, problemOf(error), error.status);
  }
}
