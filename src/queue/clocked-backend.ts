import { QueueKeys, type QueueOptions, RedisConnection, RedisQueueBackend } from 'bullmq';
import type { RedisClock } from '../clock/redis-clock.js';
import type { RedisClient } from '../redis/redis-factory.js';

/**
 * Positions of the time in the arguments of BullMQ's scripts that decide by it, counted from the
 * first key. BullMQ fills in the wall clock of the process. test/integration/queue-clock.spec.ts
 * checks these positions against the installed version.
 */
const TIME_AT: Readonly<Record<string, number>> = {
  addJobScheduler: 17,
  changeDelay: 5,
  moveToActive: 12,
  moveToDelayed: 12,
  moveToFinished: 15,
  retryJob: 12,
  updateJobScheduler: 16,
};
/** Position of the next delayed job's due time in the answer to a worker. */
const DUE_AT = 3;

/**
 * BullMQ backend that uses the clock of Redis. The library compares due times with the wall clock
 * of the calling process, so a process with a wrong clock would run jobs early or late. This
 * backend passes the time of Redis to its scripts, and converts the times in their answers to the
 * clock of this process.
 */
export class ClockedBackend extends RedisQueueBackend {
  /** Due time of the next delayed job by the clock of Redis, as far as this process knows. */
  private dueAtMs = Number.POSITIVE_INFINITY;

  constructor(
    name: string,
    options: QueueOptions,
    private readonly clock: RedisClock,
    regular: RedisClient,
    blocking?: RedisClient,
  ) {
    const keys = new QueueKeys(options.prefix);
    super(
      new RedisConnection(regular, { shared: true, blocking: false, skipWaitingForReady: true }),
      name,
      keys.getKeys(name),
      (type) => keys.toKey(name, type),
      options,
      blocking && new RedisConnection(blocking, { shared: true, blocking: true }),
    );
  }

  override execCommand(...[client, name, given]: Parameters<RedisQueueBackend['execCommand']>): unknown {
    const at = TIME_AT[name];
    return super.execCommand(client, name, at === undefined ? given : given.with(at, this.clock.now()));
  }

  override async moveToActive(token: string, name?: string): Promise<unknown[]> {
    return this.told(await super.moveToActive(token, name));
  }

  override async moveToFinished(...given: Parameters<RedisQueueBackend['moveToFinished']>): Promise<unknown[]> {
    return this.told(await super.moveToFinished(...given));
  }

  override async moveToDelayed(
    ...given: Parameters<RedisQueueBackend['moveToDelayed']>
  ): ReturnType<RedisQueueBackend['moveToDelayed']> {
    const answer = await super.moveToDelayed(...given);
    return answer && this.told(answer);
  }

  /** Ends the wait on time even if the wall clock was changed after BullMQ computed its length. */
  override async waitForJob(timeoutS: number): ReturnType<RedisQueueBackend['waitForJob']> {
    const untilDueS = Math.max(this.minimumBlockTimeout, (this.dueAtMs - this.clock.now()) / 1_000);
    const found = await super.waitForJob(Math.min(timeoutS, untilDueS));
    // A score of 0 means that there is a job now.
    if (!found || found.score === 0) return found;
    this.dueAtMs = Math.min(this.dueAtMs, found.score);
    return { ...found, score: this.byWallClock(found.score) };
  }

  private told(answer: unknown[]): unknown[] {
    const due = Number(answer?.[DUE_AT] ?? 0);
    this.dueAtMs = due > 0 ? due : Number.POSITIVE_INFINITY;
    return due > 0 ? answer.with(DUE_AT, this.byWallClock(due)) : answer;
  }

  private byWallClock(redisMs: number): number {
    return redisMs + this.clock.wallAheadMs;
  }
}
