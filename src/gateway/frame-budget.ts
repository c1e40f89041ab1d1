export interface FrameLimits {
  readonly framesPerSecond: number;
  /** Frames that may have been sent beyond that. */
  readonly framesBurst: number;
}

/**
 * How many frames one socket may still send: a token bucket that is filled only when it is empty, so that a frame costs a
 * subtraction. Whoever has not used it for long may therefore empty it twice.
 */
export class FrameBudget {
  private strikes = 0;
  private left: number;
  private filledAtMs = performance.now();

  constructor(private readonly limits: FrameLimits) {
    this.left = limits.framesBurst;
  }

  /** Takes what a frame costs, also where that overdraws it. @returns whether it did not. */
  spend(cost: number, nowMs: number): boolean {
    if (this.left < cost) this.fill(nowMs);
    this.left -= cost;
    return this.left >= 0;
  }

  /** Counts that it was overdrawn. @returns how often that was since it was last full. */
  strike(): number {
    return ++this.strikes;
  }

  /** Milliseconds until what it was overdrawn by is there. */
  get debtMs(): number {
    return (Math.max(0, -this.left) * 1_000) / this.limits.framesPerSecond;
  }

  private fill(nowMs: number): void {
    const { framesPerSecond, framesBurst } = this.limits;
    const left = this.left + ((nowMs - this.filledAtMs) * framesPerSecond) / 1_000;
    if (left >= framesBurst) this.strikes = 0;
    this.filledAtMs = nowMs;
    this.left = Math.min(framesBurst, left);
  }
}
