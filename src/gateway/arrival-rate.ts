/** Arrivals after which the rate is worked out. */
const SAMPLE = 100;
/** Where fewer are under way at a time, their number tells how many came, not how many could have come. */
const CROWD = 8;
/** Before the first crowd: what one core was measured to take (docs/capacity.md), a little less. */
const UNKNOWN_PER_SECOND = 1_000;
/** A crowd that met a Redis which was away would else tell everybody to stay away for minutes. */
const MIN_PER_SECOND = 100;
/** Nothing that was ever measured comes near; a shorter spread would be a storm. */
const MAX_PER_SECOND = 10_000;

/** How many sessions this node can open or resume in a second, as measured when many came at once. */
export class ArrivalRate {
  private ratePerSecond = UNKNOWN_PER_SECOND;
  private underWay = 0;
  private arrived = 0;
  /** While at least one was under way. */
  private busyMs = 0;
  /** Of all arrivals together. */
  private spentMs = 0;
  private changedAtMs = 0;

  /** @param now monotonic, in milliseconds. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  get perSecond(): number {
    return this.ratePerSecond;
  }

  /** Somebody arrives. @returns to be called when the session is there, or is not to be. */
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
