export interface FrameLimits {
  readonly framesPerSecond: number;
  /** Frames allowed in addition, as a burst. */
  readonly framesBurst: number;
}

/**
 * Token bucket of frames of one socket. It is refilled only when it is empty, so that a frame costs
 * one subtraction. After a long pause, a client can therefore empty it twice.
 */
export class FrameBudget {
  private strikes = 0;
  private left: number;
  private filledAtMs = performance.now();

  constructor(private readonly limits: FrameLimits) {
    this.left = limits.framesBurst;
  }

  /**
   * Spends the cost of a frame, even if that overdraws the budget.
   * @returns false if it is overdrawn.
   */
  spend(cost: number, nowMs: number): boolean {
    if (this.left < cost) this.fill(nowMs);
    this.left -= cost;
    return this.left >= 0;
  }

  /**
   * Counts that the budget was overdrawn.
   * @returns how often since it was last full.
   */
  strike(): number {
    return ++this.strikes;
  }

  /** Milliseconds until the debt is paid. */
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
