import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import {
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { ReadinessCheck, type ReadinessResult } from '../contract/readiness-check.port.js';

const CHECK_TIMEOUT_MS = 1_000;

/** Asks every `ReadinessCheck` of the application. */
@Injectable()
export class ReadinessService implements OnApplicationBootstrap {
  private checks: readonly ReadinessCheck[] = [];
  private wasReady = false;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** @throws Error if two checks have the same name, since one would hide the other. */
  onApplicationBootstrap(): void {
    const instances: unknown[] = this.discovery.getProviders().map(({ instance }) => instance);
    this.checks = [...new Set(instances)].filter((instance) => instance instanceof ReadinessCheck);
    const names = this.checks.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice) throw new Error(`There are two readiness checks named ${twice}. Rename one of them.`);
  }

  /** @throws ServiceUnavailableException with the same report if a check is not ready. */
  async ready(): Promise<HealthCheckResult> {
    const report = await this.health.check(this.checks.map((check) => () => this.ask(check)));
    this.wasReady = true;
    return report;
  }

  /** Succeeds once this process has been ready, and from then on. */
  async started(): Promise<HealthCheckResult> {
    return this.wasReady ? this.health.check([]) : this.ready();
  }

  private ask(check: ReadinessCheck): PromiseLike<HealthIndicatorResult> {
    return this.indicators
      .check(check.name)
      .attempt(async () => reported(await check.check()))
      .withTimeout(CHECK_TIMEOUT_MS);
  }
}

function reported({ ready, detail }: ReadinessResult): { detail: string } | undefined {
  if (!ready) throw new Error(detail ?? 'not ready');
  return detail === undefined ? undefined : { detail };
}
