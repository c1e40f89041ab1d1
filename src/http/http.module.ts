import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ClientAddress } from './client-address.js';
import { HttpMetrics } from './http-metrics.js';
import { ProblemFilter } from './problem.filter.js';
import { RequestLifecycle } from './request-lifecycle.js';
import { RequestTraces } from './request-trace.js';

/** Observes every request of REST, and answers every error as a problem document. */
@Module({
  providers: [
    { provide: APP_FILTER, useClass: ProblemFilter },
    ClientAddress,
    HttpMetrics,
    RequestLifecycle,
    RequestTraces,
  ],
  exports: [ClientAddress, RequestLifecycle],
})
export class HttpModule {}
