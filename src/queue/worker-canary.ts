import { Injectable } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import { ReadinessCheck, type ReadinessResult } from '../contract/readiness-check.port.js';
import { nothing } from '../redis/reply.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { scriptsOf } from '../redis/script.js';
import { JobWorkers } from './job-workers.js';

const script = scriptsOf(import.meta.url);
const RECORD_RUN = script('record-run', () => [], nothing);
const RUN_AGE = script('run-age', () => [], Number);
const PARTITION = 0;
const MIN_SILENCE_MS = 30_000;

/**
 * Proves that jobs are consumed: every run of the sweep stores its time, which covers the
 * installation, and the workers of this process keep polling.
 */
@Injectable()
export class WorkerCanary extends ReadinessCheck {
  readonly name = 'workers';
  /**
   * Time since which no run is recorded, as far as this process knows: before the first one, and
   * after Redis was emptied.
   */
  private missingSinceMs = performance.now();
  private isMissing = true;

  constructor(
    private readonly settings: DeliverySettings,
    private readonly lanes: RedisLanes,
    private readonly workers: JobWorkers,
  ) {
    super();
  }

  /** Records that a job ran just now. */
  touch(): Promise<void> {
    return this.lanes.facts.run(RECORD_RUN, PARTITION, undefined);
  }

  async check(): Promise<ReadinessResult> {
    if (this.workers.silenceMs > this.settings.workerSilenceMs) {
      return { ready: false, detail: 'a worker of this process has stopped polling for jobs' };
    }
    // Without a record, the workers have as long as a silent one would have.
    const silentMs = (await this.silentMs()) ?? performance.now() - this.missingSinceMs;
    return silentMs <= this.limitMs
      ? { ready: true }
      : { ready: false, detail: 'no job has been consumed for too long' };
  }

  /** How long no job may be consumed. */
  get limitMs(): number {
    return Math.max(MIN_SILENCE_MS, 4 * this.settings.sweepMs);
  }

  /** Milliseconds since the last job; undefined if there was none or Redis has lost it. */
  async silentMs(): Promise<number | undefined> {
    const silentMs = await this.lanes.facts.run(RUN_AGE, PARTITION, undefined);
    const isMissing = silentMs < 0;
    if (isMissing && !this.isMissing) this.missingSinceMs = performance.now();
    this.isMissing = isMissing;
    return isMissing ? undefined : silentMs;
  }
}
