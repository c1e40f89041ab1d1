import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { CounterFamily, Tally } from '../observability/counter-family.js';
import type { HistogramFamily, Times } from '../observability/histogram-family.js';
import { Metrics } from '../observability/metrics.js';
import { HttpAdapter } from './http-adapter.js';
import { RequestLifecycle, type RequestObserver, type RequestOutcome } from './request-lifecycle.js';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const OUTCOMES = ['2xx', '3xx', '4xx', '5xx', 'aborted'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** Counters of one method of one route. */
interface RouteMeter {
  readonly requests: Readonly<Record<Outcome, Tally>>;
  /** Created with the first request, since most routes of a process are never used. */
  seconds?: Times;
}

/**
 * Rate, errors and duration of REST by route pattern, so that the client's URL never becomes a
 * label.
 */
@Injectable()
export class HttpMetrics implements OnModuleInit, RequestObserver {
  private inFlight = 0;
  private readonly meters = new Map<string, RouteMeter>();
  private readonly requests: CounterFamily<'method' | 'route' | 'status'>;
  private readonly seconds: HistogramFamily<'method' | 'route'>;

  constructor(
    private readonly host: HttpAdapterHost,
    requests: RequestLifecycle,
    metrics: Metrics,
  ) {
    this.requests = metrics.family('http_requests_total', 'Requests by route, method and status', [
      'method',
      'route',
      'status',
    ]);
    this.seconds = metrics.times('http_request_seconds', 'Time from a request to the end of its answer', [
      'method',
      'route',
    ]);
    metrics.sampled('http_requests_in_flight', 'Requests in progress', () => this.inFlight);
    requests.observe(this);
  }

  onModuleInit(): void {
    const { httpAdapter } = this.host;
    if (!(httpAdapter instanceof HttpAdapter)) return;
    for (const { method, url } of httpAdapter.routes) if (method !== 'HEAD') this.meterOf(method, url);
  }

  onStart(): void {
    this.inFlight++;
  }

  onEnd({ method, routeOptions }: FastifyRequest, { status, isAborted, durationMs }: RequestOutcome): void {
    this.inFlight--;
    const route = routeOptions.url ?? 'unmatched';
    const meter = this.meterOf(method, route);
    meter.requests[isAborted ? 'aborted' : outcomeOf(status)].inc();
    meter.seconds ??= this.seconds.child({ method: methodOf(method), route });
    meter.seconds.observe(durationMs / 1_000);
  }

  private meterOf(given: string, route: string): RouteMeter {
    const method = methodOf(given);
    const key = `${method} ${route}`;
    let meter = this.meters.get(key);
    if (!meter) {
      const tallies = OUTCOMES.map((status) => [status, this.requests.child({ method, route, status })] as const);
      meter = { requests: Object.fromEntries(tallies) as Record<Outcome, Tally> };
      this.meters.set(key, meter);
    }
    return meter;
  }
}

const methodOf = (given: string): string => (METHODS.has(given) ? given : 'other');

function outcomeOf(status: number): Outcome {
  if (status >= 500) return '5xx';
  if (status >= 400) return '4xx';
  return status >= 300 ? '3xx' : '2xx';
}
