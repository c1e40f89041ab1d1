import type { Gap } from './frames.js';

/** Data of an `ack` frame: everything up to `offset`, or exactly these `offsets`. */
export interface AckData {
  topic: string;
  offset?: number;
  offsets?: number[];
}

/**
 * Position of one session in one topic: what it has handled, must still acknowledge, and was never
 * told about.
 */
export class TopicPlace {
  /** Offsets that were skipped by a later first delivery without a gap: a fault of the server. */
  readonly untold: number[] = [];
  private floor: number;
  private highest: number;
  private interrupted = false;
  private readonly handled = new Set<number>();
  private readonly unsent = new Set<number>();
  private floorUnsent = false;

  constructor(
    readonly topic: string,
    readonly epoch: string,
    cursor: number,
  ) {
    this.floor = cursor;
    this.highest = cursor;
  }

  /** Everything up to here is acknowledged, or will never come. */
  get cursor(): number {
    return this.floor;
  }

  /** Notes an arrival before it is handled. */
  arrived(offset: number, attempt: number): void {
    if (attempt === 1) for (let missing = this.highest + 1; missing < offset; missing += 1) this.untold.push(missing);
    this.highest = Math.max(this.highest, offset);
  }

  /** The application is through with it (now or before). */
  done(offset: number): void {
    if (offset <= this.floor) {
      this.floorUnsent = true;
      return;
    }
    this.handled.add(offset);
    this.unsent.add(offset);
  }

  /** These will never come; they count as acknowledged. */
  skip({ from, to }: Pick<Gap, 'from' | 'to'>): void {
    for (let offset = Math.max(from, this.floor + 1); offset <= to; offset += 1) this.handled.add(offset);
    this.highest = Math.max(this.highest, to);
  }

  /**
   * Drops acks of a lost connection: those notifications come again, and are recognized by their
   * id.
   */
  interrupt(): void {
    this.interrupted = true;
    this.handled.clear();
    this.unsent.clear();
    this.floorUnsent = false;
  }

  /** The server knows of acks up to here. */
  catchUp(cursor: number): void {
    if (this.interrupted) this.floor = cursor;
    this.interrupted = false;
    this.skip({ from: this.floor + 1, to: cursor });
  }

  /** Acks to send now: one cumulative ack up to the first hole, and single ones beyond. */
  takeAcks(): AckData[] {
    const before = this.floor;
    while (this.handled.delete(this.floor + 1)) this.floor += 1;
    const advanced = [...this.unsent].some((offset) => offset > before && offset <= this.floor);
    const ahead = [...this.unsent].filter((offset) => offset > this.floor);
    const acks: AckData[] = [];
    if (advanced || this.floorUnsent) acks.push({ topic: this.topic, offset: this.floor });
    if (ahead.length > 0) acks.push({ topic: this.topic, offsets: ahead });
    this.unsent.clear();
    this.floorUnsent = false;
    return acks;
  }
}
