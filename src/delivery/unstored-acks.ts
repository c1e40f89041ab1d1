/** Counts the unstored selective acks of each session. */
export class UnstoredAcks {
  private readonly counts = new Map<string, number>();

  constructor(private readonly most: number) {}

  /** True if a session may acknowledge `count` more. */
  hasRoom(session: string, count: number): boolean {
    return (this.counts.get(session) ?? 0) + count <= this.most;
  }

  add(session: string, count: number): void {
    if (count > 0) this.counts.set(session, (this.counts.get(session) ?? 0) + count);
  }

  remove(session: string, count: number): void {
    if (count === 0) return;
    const left = (this.counts.get(session) ?? 0) - count;
    if (left > 0) this.counts.set(session, left);
    else this.counts.delete(session);
  }

  get total(): number {
    let total = 0;
    for (const count of this.counts.values()) total += count;
    return total;
  }
}
