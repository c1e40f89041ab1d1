import type { System } from '../systems/system.js';
import { busyCpuMs, cpuMs, rssBytes } from './processes.js';
import { profiled } from './profile.js';
import { type RedisCounts, redisCounts } from './redis.js';

/** Cost of one part of a run. */
export interface Cost {
  readonly tookMs: number;
  readonly serverCpuMs: number;
  readonly redisCpuMs: number;
  /** CPU time of everything on the machine except the system, its Redis and the generator. */
  readonly othersCpuMs: number;
  readonly redis: RedisCounts;
  /** Memory of the server at the end. */
  readonly rssBytes: number;
}

interface Reading {
  readonly atMs: number;
  readonly serverMs: number;
  readonly redisMs: number;
  readonly generatorMs: number;
  readonly busyMs: number;
  readonly redis: RedisCounts;
}

/** Meter of the costs of a run's processes. */
export class Meter {
  constructor(
    private readonly system: System,
    private readonly generatorPid: number,
  ) {}

  /** Runs `work` like `during`, and profiles the server if requested. */
  async profiling<T>(work: () => Promise<T>): Promise<[T, Cost, unknown]> {
    const { serverPid, profileFile } = this.system;
    if (profileFile === undefined) return [...(await this.during(work)), undefined];
    const [measured, profile] = await profiled(serverPid, profileFile, () => this.during(work));
    return [...measured, profile];
  }

  /** Runs `work` and measures its cost. */
  async during<T>(work: () => Promise<T>): Promise<[T, Cost]> {
    const before = await this.read();
    const result = await work();
    const after = await this.read();
    const serverCpuMs = after.serverMs - before.serverMs;
    const redisCpuMs = after.redisMs - before.redisMs;
    const ownMs = serverCpuMs + redisCpuMs + after.generatorMs - before.generatorMs;
    const cost = {
      tookMs: after.atMs - before.atMs,
      serverCpuMs,
      redisCpuMs,
      othersCpuMs: Math.max(0, after.busyMs - before.busyMs - ownMs),
      redis: {
        commands: after.redis.commands - before.redis.commands,
        networkBytes: after.redis.networkBytes - before.redis.networkBytes,
        listReads: after.redis.listReads - before.redis.listReads,
        storedBytes: after.redis.storedBytes - before.redis.storedBytes,
      },
      rssBytes: this.rssBytes(),
    };
    return [result, cost];
  }

  /** Returns the current memory of the server. */
  rssBytes(): number {
    return rssBytes(this.system.serverPid);
  }

  private async read(): Promise<Reading> {
    const { serverPid, redis } = this.system;
    return {
      redis: await redisCounts(redis),
      atMs: performance.now(),
      serverMs: cpuMs(serverPid),
      redisMs: redis ? cpuMs(redis.pid) : 0,
      generatorMs: cpuMs(this.generatorPid),
      busyMs: busyCpuMs(),
    };
  }
}
