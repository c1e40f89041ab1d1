import { StartError } from '../contract/start-error.js';
import type { Cluster, Redis } from 'ioredis';
import { type Reason, reasonOf } from './redis-reason.js';

/** How long a late Redis is not reported. */
const SILENCE_MS = 2_000;
/** Maximum reasons reported in one wait. */
const MAX_TOLD = 3;
const NO_ANSWER: Reason = { text: 'no answer, or it is loading its data', isAnswer: false };

/** Wait of a starting process for Redis, shared by all its connections. */
export class RedisWait {
  private waiting = 0;
  private reason = NO_ANSWER;
  private sinceMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly told = new Set<string>();
  private failure?: StartError;
  private readonly failing = new Set<(error: StartError) => void>();

  /**
   * @param place address of Redis, for people.
   * @param tell called with the reason once the wait has lasted a while, and whenever the reason
   * changes.
   */
  constructor(
    private readonly place: string,
    private readonly withinMs: number,
    private readonly report: (reason: string) => void,
  ) {}

  get isOn(): boolean {
    return this.waiting > 0;
  }

  /** Records why a connection failed. */
  learn(error: unknown): void {
    this.reason = reasonOf(error);
    if (performance.now() - this.sinceMs >= SILENCE_MS) this.tellReason();
  }

  /**
   * Ends the wait with an error, because waiting longer would not help. Without a wait it does
   * nothing.
   */
  giveUp(why: string): void {
    if (!this.isOn) return;
    this.failure ??= new StartError(why);
    for (const fail of this.failing) fail(this.failure);
  }

  /** @throws StartError if the client is not ready in time. */
  async for(client: Redis | Cluster): Promise<void> {
    if (client.status === 'ready') return;
    if (this.failure) throw this.failure;
    if (this.waiting++ === 0) {
      this.sinceMs = performance.now();
      this.timer = setTimeout(() => this.tellReason(), SILENCE_MS);
    }
    let fail: (error: StartError) => void = () => undefined;
    let late: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        fail = reject;
        this.failing.add(fail);
        late = setTimeout(() => this.giveUp(this.lateness()), this.withinMs);
        client.once('ready', () => resolve());
      });
    } catch (error) {
      client.disconnect();
      throw error;
    } finally {
      clearTimeout(late);
      this.failing.delete(fail);
      if (--this.waiting === 0) clearTimeout(this.timer);
    }
  }

  private tellReason(): void {
    const text = this.brief();
    if (this.waiting === 0 || this.told.has(text) || this.told.size === MAX_TOLD) return;
    this.told.add(text);
    this.report(text.replace(/^connect /, ''));
  }

  private lateness(): string {
    const seconds = `${this.withinMs / 1_000} s`;
    if (!this.reason.isAnswer) {
      return `No Redis at ${this.place} within ${seconds}: ${this.brief()}. Start Redis, or correct REDIS_URL`;
    }
    return `Redis at ${this.place} has refused this process for ${seconds}: ${this.brief()}. Check user and password in REDIS_URL`;
  }

  /** Reason without the address, which the message has already. */
  private brief(): string {
    return this.reason.text.replace(` ${this.place}`, '').replace(/\.$/, '');
  }
}
