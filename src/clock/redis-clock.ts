/**
 * Maximum drift between two clocks as a fraction of time: twice the rate at which NTP slews a
 * clock.
 */
const DRIFT = 0.001;

/** Server that returns its time like Redis: seconds since 1970, and microseconds. */
export interface TimeServer {
  time(): Promise<readonly (number | string)[]>;
}

/** Clocks of the machine. */
export interface MachineClocks {
  /** Monotonic: never set, counts from an arbitrary start. */
  readonly monotonic: () => number;
  /** Milliseconds since 1970; may be wrong and may be set at any time. */
  readonly wall: () => number;
}

const MACHINE: MachineClocks = { monotonic: () => performance.now(), wall: () => Date.now() };

/**
 * The one clock of an installation: that of Redis, estimated from its `TIME` and continued by the
 * monotonic clock. The wall clock of the node plays no part, so a node whose clock is wrong or
 * changed neither expires early nor wakes late.
 */
export class RedisClock {
  /**
   * Bounds of the difference between the clock of Redis and the monotonic clock, as of `seenAtMs`.
   */
  private lowMs = Number.NEGATIVE_INFINITY;
  private highMs = Number.POSITIVE_INFINITY;
  private seenAtMs = Number.NEGATIVE_INFINITY;
  /** Difference used until Redis is first asked; it comes from the wall clock. */
  private offsetMs: number;

  constructor(private readonly machine: MachineClocks = MACHINE) {
    this.offsetMs = machine.wall() - machine.monotonic();
  }

  /** Milliseconds since 1970 by the clock of Redis, as a whole number. */
  now(): number {
    return Math.floor(this.machine.monotonic() + this.offsetMs);
  }

  /** Lower bound of the clock of Redis: a time that has passed here has passed there too. */
  earliest(): number {
    const elapsed = this.machine.monotonic() - this.seenAtMs;
    return Math.floor(this.machine.monotonic() + Math.min(this.offsetMs, this.lowMs - DRIFT * elapsed));
  }

  /** How far the wall clock of this node is ahead of Redis; negative if it is behind. */
  get wallAheadMs(): number {
    return this.machine.wall() - this.now();
  }

  /** Asks Redis for its time. */
  async synchronize(server: TimeServer): Promise<void> {
    const sent = this.machine.monotonic();
    const [seconds, micros] = await server.time();
    this.observe(sent, Number(seconds) * 1_000 + Number(micros) / 1_000, this.machine.monotonic());
  }

  /**
   * Takes an answer of Redis between two moments of the monotonic clock. A slow answer carries
   * little information and does not weaken faster ones. An answer that contradicts them means that
   * the clock of Redis was set or that another machine answers; then it alone counts.
   */
  observe(sentMs: number, redisMs: number, receivedMs: number): void {
    const drift = DRIFT * (receivedMs - this.seenAtMs);
    const low = redisMs - receivedMs;
    const high = redisMs - sentMs;
    const narrowedLow = Math.max(low, this.lowMs - drift);
    const narrowedHigh = Math.min(high, this.highMs + drift);
    const agrees = narrowedLow <= narrowedHigh;
    this.lowMs = agrees ? narrowedLow : low;
    this.highMs = agrees ? narrowedHigh : high;
    this.seenAtMs = receivedMs;
    this.offsetMs = (this.lowMs + this.highMs) / 2;
  }
}
