/** Number of arrivals after which the rate is updated. */
const SAMPLE = 100;
/** Minimum concurrency: below it, the rate shows how many arrived, not how many could have. */
const CROWD = 8;
/**
 * Rate before the first crowd: slightly below the measured rate of one core (docs/capacity.md).
 */
const UNKNOWN_PER_SECOND = 1_000;
/** Lower bound. A crowd during an outage of Redis would otherwise keep clients away for minutes. */
const MIN_PER_SECOND = 100;
/** Upper bound, far above any measured rate; a shorter spread would be a storm. */
const MAX_PER_SECOND = 10_000;

/** Sessions that this node can open or resume per second, measured when many arrive at once. */
export class ArrivalRate {
  private ratePerSecond = UNKNOWN_PER_SECOND;
  private underWay = 0;
  private arrived = 0;
  /** Time with at least one arrival in progress. */
  private busyMs = 0;
  /** Total time of all arrivals. */
  private spentMs = 0;
  private changedAtMs = 0;

  /** @param now monotonic clock in milliseconds. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  get perSecond(): number {
    return this.ratePerSecond;
  }

  /**
   * Records the start of an arrival.
   * @returns a function to call when it has a session or has failed.
   */
  begin(): () => void {
    this.change(1);
    return () => {
      this.change(-1);
      if (++this.arrived === SAMPLE) this.conclude();
    };
  }

  private change(by: number): void {
    const now = this.now();
    if (this.underWay > 0) {
      this.busyMs += now - this.changedAtMs;
      this.spentMs += this.underWay * (now - this.changedAtMs);
    }
    this.changedAtMs = now;
    this.underWay += by;
  }

  private conclude(): void {
    if (this.spentMs >= CROWD * this.busyMs && this.busyMs > 0) {
      const measured = (this.arrived / this.busyMs) * 1_000;
      const mean = (this.ratePerSecond + measured) / 2;
      this.ratePerSecond = Math.min(MAX_PER_SECOND, Math.max(MIN_PER_SECOND, mean));
    }
    this.arrived = this.busyMs = this.spentMs = 0;
  }
}
