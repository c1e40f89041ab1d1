/** What an `ack` frame carries beside the topic: everything up to `offset`, or just these `offsets`. */
export type AckRange = { offset: number } | { offsets: number[] };

/** Most offsets that the server takes in one frame. */
const MAX_OFFSETS = 1_024;

/**
 * A place in one numbering of one topic: what has come, what is handled, what the server has still to be told.
 * Everything up to `floor` is handled or will never come.
 */
export class Position {
  floor: number;
  /** Up to here everything came on this connection, as a notification or in a gap. */
  told: number;
  /** Id of the notification at `floor`, where that is known. */
  lastId: string | undefined;
  private readonly ahead = new Map<number, string>();
  private gaps: (readonly [from: number, to: number])[] = [];
  private unsent: number[] = [];

  constructor(
    readonly epoch: string,
    cursor: number,
  ) {
    this.floor = this.told = cursor;
  }

  /** Whether something is missing in front of `offset`. */
  isHole(offset: number): boolean {
    return offset > Math.max(this.told, this.floor) + 1;
  }

  isDone(offset: number): boolean {
    return offset <= this.floor || this.ahead.has(offset);
  }

  /** The application is through with it (now, or before): it has to be acknowledged. */
  done(offset: number, id: string): void {
    this.unsent.push(offset);
    if (offset <= this.floor) return;
    this.ahead.set(offset, id);
    this.advance();
  }

  /** These will never come. */
  skip(from: number, to: number): void {
    if (to > this.told && from <= this.told + 1) this.told = to;
    if (to <= this.floor) return;
    this.gaps.push([from, to]);
    this.advance();
  }

  /** A connection begins behind `cursor`; what was acknowledged on an earlier one may have been lost with it. */
  begin(cursor: number): void {
    this.told = cursor;
    if (cursor < this.floor) this.again();
    else this.unsent = [...this.ahead.keys()];
  }

  /** Acknowledges everything once more. */
  again(): void {
    this.unsent = [...(this.floor > 0 ? [this.floor] : []), ...this.ahead.keys()];
  }

  /** What has to be acknowledged now: one cumulative ack where there is no hole below, the rest one by one. */
  take(): AckRange[] {
    if (this.unsent.length === 0) return [];
    const later = this.unsent.filter((offset) => offset > this.floor);
    const ranges: AckRange[] = later.length < this.unsent.length ? [{ offset: this.floor }] : [];
    for (let i = 0; i < later.length; i += MAX_OFFSETS) ranges.push({ offsets: later.slice(i, i + MAX_OFFSETS) });
    this.unsent = [];
    return ranges;
  }

  private advance(): void {
    for (;;) {
      const next = this.floor + 1;
      const id = this.ahead.get(next);
      const gap = id === undefined && this.gaps.find(([from, to]) => from <= next && to >= next);
      if (id === undefined && !gap) break;
      this.floor = gap ? gap[1] : next;
      this.lastId = id;
      this.ahead.delete(next);
    }
    if (this.gaps.length === 0) return;
    this.gaps = this.gaps.filter(([, to]) => to > this.floor);
    for (const offset of this.ahead.keys()) if (offset <= this.floor) this.ahead.delete(offset);
  }
}
