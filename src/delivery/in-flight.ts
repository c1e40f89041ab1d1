/** A notification that was sent and is not acknowledged. */
export interface Flight {
  readonly offset: number;
  attempt: number;
  readonly sentAtMs: number;
  /** As of `deliveryKindOf`. */
  readonly kind: number;
  /** The `traceparent` of its accept, where that is traced. */
  readonly trace: string | undefined;
  /** When it comes again after a nack, by `performance.now()`; 0 without one. */
  againAtMs: number;
  /** When it was sent again. */
  sentAgainAtMs?: number;
  /** The attempt that the client has sent back: the next one is arranged. */
  nacked?: number;
  /** When the last nack asked for it again, by `performance.now()`. */
  dueAtMs?: number;
  /** The attempt that was its last, once its ack wait was over. */
  exhausted?: number;
}

const NONE: Flight[] = [];

/**
 * What of a topic was sent to a session and is not acknowledged: few, in the order of their offsets, and acknowledged mostly
 * from the lowest on. Not a map: one that is filled and emptied all the time leaves a chain of tables that a young collection
 * does not free (docs/adr/0009-young-garbage.md).
 */
export class InFlight {
  private flights = NONE;

  get size(): number {
    return this.flights.length;
  }

  /** In the order of their offsets. */
  get all(): readonly Flight[] {
    return this.flights;
  }

  get(offset: number): Flight | undefined {
    return this.flights[this.placeOf(offset)];
  }

  /** @param flight of an offset above all that there are. */
  add(flight: Flight): void {
    if (this.flights.length === 0) this.flights = [flight];
    else this.flights.push(flight);
  }

  /** @returns undefined where it was not in flight. */
  remove(offset: number): Flight | undefined {
    const place = this.placeOf(offset);
    if (place < 0) return undefined;
    if (this.flights.length === 1) return this.takeAll()[0];
    return this.flights.splice(place, 1)[0];
  }

  /** Removes those up to an offset. */
  takeUpTo(offset: number): readonly Flight[] {
    const { length } = this.flights;
    if (length === 0) return NONE;
    if ((this.flights[length - 1]?.offset ?? 0) <= offset) return this.takeAll();
    return this.flights.splice(
      0,
      this.flights.findIndex((flight) => flight.offset > offset),
    );
  }

  clear(): void {
    this.flights = NONE;
  }

  private takeAll(): readonly Flight[] {
    const all = this.flights;
    this.flights = NONE;
    return all;
  }

  /** −1 where it is not there. */
  private placeOf(offset: number): number {
    let low = 0;
    let high = this.flights.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.flights[middle]?.offset ?? 0;
      if (found === offset) return middle;
      if (found < offset) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}
