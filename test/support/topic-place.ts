import type { Gap } from './frames.js';

/** Data of an `ack` frame: everything up to `offset`, or exactly these `offsets`. */
export interface AckData {
  topic: string;
  offset?: number;
  offsets?: number[];
}

/**
 * Position of one session in one topic: offsets that are handled, still to be acknowledged, or
 * never announced.
 */
export class TopicPlace {
  /** Offsets that a later first delivery skipped without a gap, which is a fault of the server. */
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

  /** Offset up to which everything is acknowledged or will never come. */
  get cursor(): number {
    return this.floor;
  }

  /** Notes an arrival before it is handled. */
  arrived(offset: number, attempt: number): void {
    if (attempt === 1) for (let missing = this.highest + 1; missing < offset; missing += 1) this.untold.push(missing);
    this.highest = Math.max(this.highest, offset);
  }

  /** Notes that the application has handled an offset, now or earlier. */
  done(offset: number): void {
    if (offset <= this.floor) {
      this.floorUnsent = true;
      return;
    }
    this.handled.add(offset);
    this.unsent.add(offset);
  }

  /** Notes offsets that will never come; they count as acknowledged. */
  skip({ from, to }: Pick<Gap, 'from' | 'to'>): void {
    for (let offset = Math.max(from, this.floor + 1); offset <= to; offset += 1) this.handled.add(offset);
    this.highest = Math.max(this.highest, to);
  }

  /**
   * Drops acks of a lost connection, whose notifications come again and are recognized by their
   * ids.
   */
  interrupt(): void {
    this.interrupted = true;
    this.handled.clear();
    this.unsent.clear();
    this.floorUnsent = false;
  }

  /** Notes the server's cursor after a reconnect. */
  catchUp(cursor: number): void {
    if (this.interrupted) this.floor = cursor;
    this.interrupted = false;
    this.skip({ from: this.floor + 1, to: cursor });
  }

  /** Takes the acks to send: a cumulative one up to the first hole, and single ones beyond it. */
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
