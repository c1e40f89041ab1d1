const SPAN_MS = 1_000;

/**
 * Limits the lines of each event per second: a flood of one kind must neither fill the disk nor
 * block the event loop.
 */
export class EventBudget {
  private readonly spent = new Map<string, { lines: number; untilMs: number; dropped: number }>();

  /** @param perSecond maximum lines of one event. */
  constructor(private readonly perSecond: number) {}

  /**
   * @param told called with the number of lines dropped before this one, if any.
   * @returns true if this line may be written.
   */
  take(event: string, told: (dropped: number) => void, now = performance.now()): boolean {
    let spent = this.spent.get(event);
    if (!spent || spent.untilMs <= now) {
      if (spent && spent.dropped > 0) told(spent.dropped);
      spent = { lines: 0, untilMs: now + SPAN_MS, dropped: 0 };
      this.spent.set(event, spent);
    }
    if (spent.lines++ < this.perSecond) return true;
    spent.dropped++;
    return false;
  }
}
