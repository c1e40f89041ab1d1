/**
 * Content of an `ack` frame beside the topic: everything up to `offset`, or only these `offsets`.
 */
export type AckRange = ({ offset: number } | { offsets: number[] }) & { traceparents?: string[] };

/** Maximum offsets that the server accepts in one frame. */
const MAX_OFFSETS = 1_024;

/**
 * Progress in one epoch of a topic: received, handled and still to be acknowledged offsets.
 * Everything up to `handledTo` is handled or will not come.
 */
export class Position {
  readonly epoch: string;
  handledTo: number;
  /** Offset up to which everything came on this connection, as a notification or in a gap. */
  told: number;
  /** Id of the notification at `handledTo`, if known. */
  lastId: string | undefined;
  readonly #ahead = new Map<number, string>();
  #gaps: (readonly [from: number, to: number])[] = [];
  #unsent: number[] = [];

  constructor(epoch: string, cursor: number, lastId?: string) {
    this.epoch = epoch;
    this.handledTo = cursor;
    this.told = cursor;
    this.lastId = lastId;
  }

  /** True if an offset before this one is missing. */
  isHole(offset: number): boolean {
    return offset > Math.max(this.told, this.handledTo) + 1;
  }

  isDone(offset: number): boolean {
    return offset <= this.handledTo || this.#ahead.has(offset);
  }

  /**
   * Notes an offset that the application has handled, now or earlier, and that must be
   * acknowledged.
   */
  done(offset: number, id: string): void {
    this.#unsent.push(offset);
    if (offset <= this.handledTo) return;
    this.#ahead.set(offset, id);
    this.#advance();
  }

  /** Notes offsets that will not come. */
  skip(from: number, to: number): void {
    if (from <= this.told + 1) this.told = Math.max(this.told, to);
    for (const offset of this.#ahead.keys()) if (offset >= from && offset <= to) this.#ahead.delete(offset);
    this.#gaps = [...this.#gaps.filter((gap) => gap[1] > this.handledTo), [from, to]];
    this.#advance();
  }

  /** Acknowledges everything once more. */
  again(): void {
    this.#unsent = [...this.#ahead.keys()];
    if (this.handledTo > 0) this.#unsent.push(this.handledTo);
  }

  /**
   * Takes the acks to send: a cumulative one up to `handledTo`, and the offsets beyond it.
   * @param most maximum number of offsets in one frame.
   */
  take(most: number): AckRange[] {
    const later = this.#unsent.filter((offset) => offset > this.handledTo);
    const ranges: AckRange[] = later.length < this.#unsent.length ? [{ offset: this.handledTo }] : [];
    const step = Math.max(1, Math.min(MAX_OFFSETS, Math.floor(most)));
    for (let i = 0; i < later.length; i += step) ranges.push({ offsets: later.slice(i, i + step) });
    this.#unsent = [];
    return ranges;
  }

  #advance(): void {
    for (;;) {
      const next = this.handledTo + 1;
      const gap = this.#gaps.find(([from, to]) => from <= next && to >= next);
      if (!gap && !this.#ahead.has(next)) return;
      this.handledTo = gap?.[1] ?? next;
      this.lastId = this.#ahead.get(next);
      this.#ahead.delete(next);
    }
  }
}
