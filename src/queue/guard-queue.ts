import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { unavailable } from '../contract/postrider-error.js';
import { RedisClock } from '../clock/redis-clock.js';
import { JOB_OPTIONS, timingOf } from './job-options.js';
import { GUARD_QUEUE } from './queue-names.js';

/** Job data with references only; the state is read when the job runs. */
export interface GuardJob {
  readonly names: readonly string[];
  /** Traceparents of the work that set the alarm, if it is traced. */
  readonly traces?: readonly string[];
}

/** Maximum traces that a job continues. */
const TRACES_PER_JOB = 16;
const NAMES_PER_JOB = 500;

/** Adds guard jobs: one for all topics of a turn of the event loop that are due together. */
@Injectable()
export class GuardQueue {
  private waiting = new Map<number, Map<string, string | undefined>>();
  private added?: Promise<void>;

  constructor(
    @InjectQueue(GUARD_QUEUE) private readonly queue: Queue<GuardJob>,
    private readonly clock: RedisClock,
  ) {}

  /**
   * Schedules the inspection of topics.
   * @param wakeAtMs time by the clock of Redis.
   * @param traces traceparent of the work that set the alarm, by the topic's name.
   * @throws PostriderError `redis_unavailable`: the alarm of the topic stands, so the sweep will
   * find it.
   */
  arm(wakeAtMs: number, names: Iterable<string>, traces?: ReadonlyMap<string, string>): Promise<void> {
    const at = this.waiting.get(wakeAtMs) ?? new Map<string, string | undefined>();
    for (const name of names) at.set(name, traces?.get(name) ?? at.get(name));
    this.waiting.set(wakeAtMs, at);
    this.added ??= Promise.resolve().then(() => this.add());
    return this.added;
  }

  private async add(): Promise<void> {
    const due = this.waiting;
    this.waiting = new Map();
    this.added = undefined;
    const now = this.clock.now();
    const jobs = [...due].flatMap(([at, names]) =>
      chunks([...names]).map((chunk) => ({
        name: 'deliver',
        data: jobOf(chunk),
        opts: { ...JOB_OPTIONS, ...timingOf(at, now) },
      })),
    );
    try {
      await this.queue.addBulk(jobs);
    } catch (error) {
      throw unavailable(error);
    }
  }
}

function jobOf(chunk: readonly Armed[]): GuardJob {
  const names = chunk.map(([name]) => name);
  const traces = [...new Set(chunk.flatMap(([, trace]) => trace ?? []))].slice(0, TRACES_PER_JOB);
  return traces.length > 0 ? { names, traces } : { names };
}

type Armed = readonly [name: string, trace: string | undefined];

function chunks(names: readonly Armed[]): Armed[][] {
  const parts: Armed[][] = [];
  for (let i = 0; i < names.length; i += NAMES_PER_JOB) parts.push(names.slice(i, i + NAMES_PER_JOB));
  return parts;
}
