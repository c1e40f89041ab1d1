/** How far two clocks may drift apart, as a share of the time: twice what NTP lets a clock be slewed by. */
const DRIFT = 0.001;

/** A server that tells its time, as Redis does: seconds since 1970, and microseconds. */
export interface TimeServer {
  time(): Promise<readonly (number | string)[]>;
}

/** The clocks of the machine. */
export interface MachineClocks {
  /** Never set, only ever goes on; counts from anywhere. */
  readonly monotonic: () => number;
  /** Milliseconds since 1970; may be wrong, and may be set at any moment. */
  readonly wall: () => number;
}

const MACHINE: MachineClocks = { monotonic: () => performance.now(), wall: () => Date.now() };

/**
 * The one clock of an installation: Redis' own, estimated from its `TIME` and carried on by the monotonic clock in between. The wall
 * clock of the node is not part of it, so that a node whose clock is wrong, or is set while it runs, neither expires early nor wakes late.
 */
export class RedisClock {
  /** Bounds of the clock of Redis less the monotonic one, as they were at `seenAtMs`. */
  private lowMs = Number.NEGATIVE_INFINITY;
  private highMs = Number.POSITIVE_INFINITY;
  private seenAtMs = Number.NEGATIVE_INFINITY;
  /** Until Redis is first asked, there is nothing but the clock of the node. */
  private offsetMs: number;

  constructor(private readonly machine: MachineClocks = MACHINE) {
    this.offsetMs = machine.wall() - machine.monotonic();
  }

  /** Milliseconds since 1970 by the clock of Redis, a whole number. */
  now(): number {
    return Math.floor(this.machine.monotonic() + this.offsetMs);
  }

  /** No later than the clock of Redis: what has come by this moment has come there, too. */
  earliest(): number {
    const elapsed = this.machine.monotonic() - this.seenAtMs;
    return Math.floor(this.machine.monotonic() + Math.min(this.offsetMs, this.lowMs - DRIFT * elapsed));
  }

  /** How far the wall clock of this node is ahead of Redis' clock; negative where it is behind. */
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
   * Takes what Redis said between two moments of the monotonic clock. A slow answer says little, and does not spoil what quick ones said. One
   * that contradicts them says that the clock of Redis was set, or that another machine answers: then it alone counts.
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
