import cluster from 'node:cluster';
import type { Config } from '../config/config.js';
import type { AppLogger } from '../observability/logger.js';
import type { ProcessMessage } from './process-message.js';
import { ProcessSlot } from './process-slot.js';
import { ServerProcess } from './server-process.js';
import { startSignals } from './start-signals.js';
import { SummedMetrics } from './summed-metrics.js';

/** Startup time beyond the wait for Redis: loading, connecting, listening. */
const START_MS = 30_000;
/** Extra time after which a process that should have stopped is killed. */
const END_MS = 7_000;

/**
 * Parent of the serving processes: it starts, replaces and stops them, but runs no part of the
 * application.
 */
export class ProcessPool {
  private readonly alive = new Set<ServerProcess>();
  private readonly metrics = new SummedMetrics(this.alive);
  private readonly slots: readonly ProcessSlot[];
  private readonly endMs: number;
  private renewal?: Promise<void>;
  private renewAgain = false;
  private isOpen = false;
  private stopping = false;

  constructor(
    config: Pick<Config, 'nodeId' | 'processes' | 'drainMs' | 'bootRedisWaitMs'>,
    private readonly logger: AppLogger,
  ) {
    this.endMs = 2 * config.drainMs + END_MS;
    // The default serialization cannot send NaN and Infinity.
    cluster.setupPrimary({ serialization: 'advanced' });
    this.slots = Array.from({ length: config.processes }, (_, index) => {
      return new ProcessSlot({
        fork: () => this.fork(`${config.nodeId}-${index + 1}`),
        readyMs: config.bootRedisWaitMs + START_MS,
        endMs: this.endMs,
        crashed: (process, retryMs) => {
          this.metrics.replaced.inc({ reason: 'crash' });
          const { nodeId, exit, pid } = process;
          const ended = { exitCode: exit?.code ?? undefined, exitSignal: exit?.signal ?? undefined };
          this.logger.event('process_replaced', { process: nodeId, pid, ...ended, retryMs });
        },
      });
    });
  }

  /**
   * Serves until it is told to stop.
   * @returns the exit code: 1 if a process did not start initially or did not stop cleanly.
   */
  async run(): Promise<number> {
    const told = new Promise<'told'>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve('told'));
    });
    process.on('SIGHUP', () => this.renew());
    startSignals.release();
    const outcome = await Promise.race([told, this.open()]);
    if (outcome === 'open') {
      this.isOpen = true;
      this.logger.event('processes_ready', { processes: this.slots.length });
      await told;
    }
    if (outcome === 'failed') this.logger.event('process_unready', {});
    const well = await this.stop();
    return well && outcome !== 'failed' ? 0 : 1;
  }

  /** Starts one process first: if it fails, the others would fail for the same reason. */
  private open(): Promise<'open' | 'failed'> {
    const started = this.slots.map(async (slot) => {
      if (!(await slot.open())) throw new Error('not started');
    });
    return Promise.all(started).then(
      () => 'open',
      () => 'failed',
    );
  }

  /** Replaces the processes one after the other. A call in the meantime causes another round. */
  private renew(): void {
    if (!this.isOpen) return;
    this.renewAgain = true;
    this.renewal ??= this.renewAll().finally(() => (this.renewal = undefined));
  }

  private async renewAll(): Promise<void> {
    while (this.renewAgain) {
      this.renewAgain = false;
      this.logger.event('restart_began', {});
      for (const slot of this.slots) {
        const renewed = await slot.renew();
        if (this.stopping) return;
        if (!renewed) {
          this.logger.event('restart_failed', {});
          break;
        }
        this.metrics.replaced.inc({ reason: 'restart' });
      }
      this.logger.event('restart_ended', {});
    }
  }

  /**
   * Drains all processes.
   * @returns true if every one exited on its own and without a fault.
   */
  private async stop(): Promise<boolean> {
    this.stopping = true;
    for (const slot of this.slots) slot.close();
    const ends = [...this.alive].map(async (process) => {
      const { isReady } = process;
      process.signal('SIGTERM');
      const { code, signal } = await process.gone(this.endMs);
      // A process that is still starting has nothing to drain, so the signal ends it.
      return code === 0 || (!isReady && signal === 'SIGTERM');
    });
    const well = (await Promise.all(ends)).every(Boolean);
    this.logger.event('processes_ended', { well });
    return well;
  }

  private fork(nodeId: string): ServerProcess {
    const process = new ServerProcess(nodeId, (message) => this.heard(process, message));
    this.alive.add(process);
    void process.exited.then(() => {
      this.alive.delete(process);
      return this.metrics.depart(process);
    });
    return process;
  }

  private heard(process: ServerProcess, message: ProcessMessage): void {
    if (message.postrider === 'counted') this.metrics.heard(process, message.figures, message.id);
    if (message.postrider !== 'sum') return;
    const { id } = message;
    this.metrics.text().then(
      (text) => process.say({ postrider: 'summed', id, text }),
      (error: unknown) => this.logger.warn({ msg: 'Could not sum up the metrics', error: String(error) }),
    );
  }
}
