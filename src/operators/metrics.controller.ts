import { Controller, Get, Header } from '@nestjs/common';
import { InGroup } from '../http/route-group.js';
import { Metrics } from '../observability/metrics.js';

@InGroup('operators')
@Controller()
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('cache-control', 'no-store')
  read(): Promise<string> {
    return this.metrics.text();
  }
}
