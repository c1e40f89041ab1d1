import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { ReadinessCheck, type ReadinessResult } from '../health/readiness-check.port.js';
import { LuaScript } from '../redis/lua.script.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import { JobWorkers } from './job.workers.js';

const CANARY = new LuaScript(import.meta.url, './lua/canary.lua');
const PARTITION = 0;
const MIN_SILENCE_MS = 30_000;

/**
 * Proof that jobs are consumed: every run of the sweep leaves its time, which tells of the installation, and the workers of
 * this process ask for jobs.
 */
@Injectable()
export class WorkerCanary extends ReadinessCheck {
  readonly name = 'workers';
  private readonly bootedAt = performance.now();

  constructor(
    @Inject(Config) private readonly config: Config,
    private readonly lanes: RedisLanes,
    private readonly workers: JobWorkers,
  ) {
    super();
  }

  /** Says that a job ran just now. */
  async sing(): Promise<void> {
    await this.lanes.facts.run(CANARY, PARTITION, ['sing']);
  }

  async check(): Promise<ReadinessResult> {
    if (this.workers.silenceMs > this.config.workerSilenceMs) {
      return { ready: false, detail: 'a worker of this process does not ask for jobs' };
    }
    const silence = Number(await this.lanes.facts.run(CANARY, PARTITION, ['listen']));
    const limit = Math.max(MIN_SILENCE_MS, 4 * this.config.sweepMs);
    if (silence >= 0 && silence <= limit) return { ready: true };
    // A first boot has never run a job; give its workers the time that a deaf one would be given.
    const booting = silence < 0 && performance.now() - this.bootedAt < limit;
    return booting ? { ready: true } : { ready: false, detail: 'no job has been consumed for too long' };
  }
}
