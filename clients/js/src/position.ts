/** The content of an `ack` frame beside the topic: everything up to `offset`, or just these `offsets`. */
export type AckRange = ({ offset: number } | { offsets: number[] }) & { traceparents?: string[] };

/** Most offsets that the server takes in one frame. */
const MAX_OFFSETS = 1_024;

/**
 * A place in one numbering of one topic: what has come, what is handled, what the server has still to be told.
 * Everything up to `handledTo` is handled or will never come.
 */
export class Position {
  handledTo: number;
  /** Up to here everything came on this connection, as a notification or in a gap. */
  told: number;
  /** Id of the notification at `handledTo`, where that is known. */
  lastId: string | undefined;
  private readonly ahead = new Map<number, string>();
  private gaps: (readonly [from: number, to: number])[] = [];
  private unsent: number[] = [];

  constructor(
    readonly epoch: string,
    cursor: number,
    lastId?: string,
  ) {
    this.handledTo = this.told = cursor;
    this.lastId = lastId;
  }

  /** True if something is missing in front of `offset`. */
  isHole(offset: number): boolean {
    return offset > Math.max(this.told, this.handledTo) + 1;
  }

  isDone(offset: number): boolean {
    return offset <= this.handledTo || this.ahead.has(offset);
  }

  /** The application is through with it (now, or before): it has to be acknowledged. */
  done(offset: number, id: string): void {
    this.unsent.push(offset);
    if (offset <= this.handledTo) return;
    this.ahead.set(offset, id);
    this.advance();
  }

  /** These will never come. */
  skip(from: number, to: number): void {
    if (from <= this.told + 1) this.told = Math.max(this.told, to);
    for (const offset of this.ahead.keys()) if (offset >= from && offset <= to) this.ahead.delete(offset);
    this.gaps = [...this.gaps.filter((gap) => gap[1] > this.handledTo), [from, to]];
    this.advance();
  }

  /** Acknowledges everything once more. */
  again(): void {
    this.unsent = [...(this.handledTo > 0 ? [this.handledTo] : []), ...this.ahead.keys()];
  }

  /**
   * Takes what has to be acknowledged now: one cumulative ack where there is no hole below, the rest one by one.
   * @param most offsets that fit into one frame.
   */
  take(most: number): AckRange[] {
    if (this.unsent.length === 0) return [];
    const later = this.unsent.filter((offset) => offset > this.handledTo);
    const ranges: AckRange[] = later.length < this.unsent.length ? [{ offset: this.handledTo }] : [];
    const step = Math.max(1, Math.min(MAX_OFFSETS, Math.floor(most)));
    for (let i = 0; i < later.length; i += step) ranges.push({ offsets: later.slice(i, i + step) });
    this.unsent = [];
    return ranges;
  }

  private advance(): void {
    for (;;) {
      const next = this.handledTo + 1;
      const gap = this.gaps.find(([from, to]) => from <= next && to >= next);
      if (!gap && !this.ahead.has(next)) break;
      this.handledTo = gap?.[1] ?? next;
      this.lastId = this.ahead.get(next);
      this.ahead.delete(next);
    }
  }
}
