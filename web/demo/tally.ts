/** Result of a side: number of notifications, and whether each came once and in order. */
export interface Count {
  received: number;
  /** Number of messages handed over twice; stays 0. */
  twice: number;
  /** Number of messages that came after a newer one; stays 0. */
  unordered: number;
}

const KEPT = 5_000;

/** Counts the messages of the application by topic and offset. */
export class Tally {
  private readonly seen = new Set<string>();
  private readonly heads = new Map<string, number>();
  count: Count = { received: 0, twice: 0, unordered: 0 };

  add(topic: string, epoch: string, offset: number): Count {
    const { received, twice, unordered } = this.count;
    const place = `${topic} ${epoch} ${offset}`;
    const log = `${topic} ${epoch}`;
    if (this.seen.has(place)) return (this.count = { received, twice: twice + 1, unordered });
    this.seen.add(place);
    for (const oldest of this.seen) {
      if (this.seen.size <= KEPT) break;
      this.seen.delete(oldest);
    }
    const late = offset < (this.heads.get(log) ?? 0);
    this.heads.set(log, Math.max(offset, this.heads.get(log) ?? 0));
    return (this.count = { received: received + 1, twice, unordered: unordered + (late ? 1 : 0) });
  }
}
