import { Controller, Get, Header, UseFilters } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { HealthFilter } from './health.filter.js';
import { InGroup } from '../http/route-group.js';
import { ReadinessService } from './readiness.service.js';

/** Liveness, readiness and startup probes. */
@InGroup('open')
@Controller('health')
@UseFilters(HealthFilter)
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly readiness: ReadinessService,
  ) {}

  /** Succeeds as long as the process answers: a missing dependency is no reason for a restart. */
  @Get('live')
  @Header('cache-control', 'no-store')
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  @Get('ready')
  @Header('cache-control', 'no-store')
  ready(): Promise<HealthCheckResult> {
    return this.readiness.ready();
  }

  @Get('startup')
  @Header('cache-control', 'no-store')
  startup(): Promise<HealthCheckResult> {
    return this.readiness.started();
  }
}
