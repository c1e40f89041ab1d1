import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { postriderErrorOf, problemHeaders, problemOf } from './problem.js';

/** Answers everything that is thrown on the way of an HTTP request as a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter<unknown> {
  private readonly logger = new Logger('Http');

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const reply: unknown = host.switchToHttp().getResponse();
    const error = postriderErrorOf(thrown);
    if (error.code === 'internal') this.logger.error('a request failed', error.cause ?? error);
    if (httpAdapter.isHeadersSent(reply)) return httpAdapter.end(reply);
    for (const [name, value] of Object.entries(problemHeaders(error))) httpAdapter.setHeader(reply, name, value);
    httpAdapter.reply(reply, problemOf(error), error.status);
  }
}
