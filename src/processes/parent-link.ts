import cluster from 'node:cluster';
import { setTimeout as pause } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import { ReadinessService } from '../health/readiness.service.js';
import { HttpAdapter } from '../http/http-adapter.js';
import { Metrics, type MetricsPeers } from '../observability/metrics.js';
import { type ProcessMessage, readMessage } from './process-message.js';

const READY_EVERY_MS = 50;
/** Longer than the parent waits for an unresponsive process. */
const SUM_MS = 3_000;

/**
 * Connects a forked process with its parent: it reports readiness and metrics, and stops on
 * request.
 */
export class ParentLink implements MetricsPeers {
  private readonly metrics: Metrics;
  private readonly asked = new Map<number, (text: string) => void>();
  private asks = 0;

  private constructor(private readonly app: INestApplication) {
    this.metrics = app.get(Metrics);
    process.on('message', (received: unknown) => {
      const message = readMessage(received);
      if (message) void this.heard(message);
    });
    this.metrics.peers = this;
  }

  /**
   * Drains this process when the parent is gone, since the port goes with it; also during startup.
   */
  static watch(): void {
    // A closing terminal signals every process; the parent decides.
    process.on('SIGHUP', () => undefined);
    cluster.worker?.on('disconnect', () => {
      // Otherwise Node would end the process immediately.
      if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
      process.kill(process.pid, 'SIGTERM');
    });
  }

  /** Tells the parent as soon as this process is ready. */
  static async serve(app: INestApplication): Promise<void> {
    const link = new ParentLink(app);
    const readiness = app.get(ReadinessService);
    const isReady = (): Promise<boolean> =>
      readiness.ready().then(
        () => true,
        () => false,
      );
    while (!(await isReady())) await pause(READY_EVERY_MS);
    await link.say({ postrider: 'ready' });
  }

  async sum(): Promise<string> {
    const id = ++this.asks;
    const late = new AbortController();
    const answer = new Promise<string>((resolve) => this.asked.set(id, resolve));
    const alone = pause(SUM_MS, undefined, { signal: late.signal }).then(
      () => this.metrics.registry.metrics(),
      () => '',
    );
    await this.say({ postrider: 'sum', id });
    const text = await Promise.race([answer, alone]);
    late.abort();
    this.asked.delete(id);
    return text;
  }

  async leave(): Promise<void> {
    await this.say({ postrider: 'counted', figures: await this.metrics.registry.getMetricsAsJSON() });
  }

  private async heard(message: ProcessMessage): Promise<void> {
    if (message.postrider === 'summed') this.asked.get(message.id)?.(message.text);
    else if (message.postrider === 'retire') this.retire();
    else if (message.postrider === 'count') {
      const figures = await this.metrics.registry.getMetricsAsJSON();
      await this.say({ postrider: 'counted', id: message.id, figures });
    }
  }

  /** Leaves new connections to the other processes from now on; open ones drain as usual. */
  private retire(): void {
    const adapter = this.app.getHttpAdapter();
    if (adapter instanceof HttpAdapter) adapter.refuseConnections();
    process.kill(process.pid, 'SIGTERM');
  }

  /** Without a parent, messages are dropped. */
  private say(message: ProcessMessage): Promise<void> {
    return new Promise((resolve) => {
      if (process.connected && process.send) process.send(message, undefined, undefined, () => resolve());
      else resolve();
    });
  }
}
