/** Notification that was sent and is not acknowledged. */
export interface Flight {
  readonly offset: number;
  attempt: number;
  readonly sentAtMs: number;
  /** As returned by `deliveryKindOf`. */
  readonly kind: number;
  /** `traceparent` of its accept, if it is traced. */
  readonly trace: string | undefined;
  /** Time of the redelivery after a nack, by `performance.now()`; 0 without a nack. */
  againAtMs: number;
  /** Time of the last redelivery. */
  sentAgainAtMs?: number;
  /** Attempt that the client has refused; the next one is scheduled. */
  nacked?: number;
  /** Time for which the last nack requested it again, by `performance.now()`. */
  dueAtMs?: number;
  /** Number of the last attempt, once its ack wait is over. */
  exhausted?: number;
}

const NONE: Flight[] = [];

/**
 * Unacknowledged notifications of one topic and session: few, ordered by offset, and mostly
 * acknowledged from the lowest on. Not a map: a map that is constantly filled and emptied leaves a
 * chain of tables that a young collection does not free (docs/adr/0009-young-garbage.md).
 */
export class InFlight {
  private flights = NONE;

  get size(): number {
    return this.flights.length;
  }

  /** All of them, in the order of their offsets. */
  get all(): readonly Flight[] {
    return this.flights;
  }

  get(offset: number): Flight | undefined {
    return this.flights[this.placeOf(offset)];
  }

  /** @param flight notification with a higher offset than all others. */
  add(flight: Flight): void {
    if (this.flights.length === 0) this.flights = [flight];
    else this.flights.push(flight);
  }

  /** @returns undefined if it was not in flight. */
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

  /** Index of an offset, or −1 if it is not in flight. */
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
