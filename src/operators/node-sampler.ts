import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Counter, Gauge } from 'prom-client';
import { Config } from '../config/config.js';
import { Metrics } from '../observability/metrics.js';
import { VERSION } from '../observability/version.js';
import { RedisClock } from '../clock/redis-clock.js';
import type { NodeSample } from './sample-types.js';
import { SystemTopic } from './system-topic.js';

const RESOLUTION_MS = 20;

/** Publishes a sample of this process every `SAMPLE_MS`. */
@Injectable()
export class NodeSampler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loopDelay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private timer?: NodeJS.Timeout;
  private underWay = false;

  /**
   * Time of the first sample by the clock of Redis. It identifies the process in all its samples.
   */
  private startedAt?: number;

  constructor(
    private readonly config: Config,
    private readonly metrics: Metrics,
    private readonly clock: RedisClock,
    private readonly topic: SystemTopic,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.sampleMs === 0) return;
    this.loopDelay.enable();
    this.timer = setInterval(() => void this.sample(), this.config.sampleMs);
    void this.sample();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.loopDelay.disable();
  }

  private async sample(): Promise<void> {
    if (this.underWay) return;
    this.underWay = true;
    try {
      await this.topic.publish('node.sample', await this.read());
    } finally {
      this.underWay = false;
    }
  }

  private async read(): Promise<NodeSample> {
    const { metrics, config } = this;
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const eventLoopMaxMs = Math.max(0, Math.round(this.loopDelay.max / 1e6) - RESOLUTION_MS);
    this.loopDelay.reset();
    const now = this.clock.now();
    this.startedAt ??= Math.round(now - process.uptime() * 1_000);
    return {
      node: config.nodeId,
      roles: [...config.roles],
      at: now,
      startedAt: this.startedAt,
      version: VERSION,
      connections: await valueOf(metrics.connections),
      sessions: await valueOf(metrics.sessions),
      subscriptions: await valueOf(metrics.subscriptions),
      rssBytes: rss,
      heapBytes: heapUsed,
      cpuSeconds: (user + system) / 1e6,
      eventLoopMaxMs,
      totals: {
        accepted: await valueOf(metrics.accepted),
        refused: metrics.acceptRefused.sum,
        delivered: await valueOf(metrics.delivered),
        redelivered: await valueOf(metrics.redelivered),
        acked: await valueOf(metrics.acked),
        expired: await valueOf(metrics.expired),
        cancelled: await valueOf(metrics.cancelled),
        dead: metrics.deadSum,
        gaps: await valueOf(metrics.gaps),
      },
      timeToAck: metrics.timeToAckSeconds.distribution,
      accept: metrics.acceptSeconds.distribution,
    };
  }
}

/** Value of a metric without labels. */
async function valueOf(metric: Counter | Gauge): Promise<number> {
  const { values } = await metric.get();
  return values[0]?.value ?? 0;
}
