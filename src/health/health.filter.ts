import { type ArgumentsHost, Catch, type ExceptionFilter, ServiceUnavailableException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** Answers a failed check with the report of Terminus instead of a problem document. */
@Catch(ServiceUnavailableException)
export class HealthFilter implements ExceptionFilter<ServiceUnavailableException> {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(exception: ServiceUnavailableException, host: ArgumentsHost): void {
    const reply: unknown = host.switchToHttp().getResponse();
    this.adapterHost.httpAdapter.reply(reply, exception.getResponse(), exception.getStatus());
  }
}
