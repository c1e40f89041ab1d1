import { Counter, type Registry } from 'prom-client';

/** Value of one labeled child of a counter. */
export class Tally {
  count = 0;

  inc(by = 1): void {
    this.count += by;
  }
}

/**
 * Labeled counter whose children are plain numbers, read at each scrape. A child of prom-client
 * would build a key of its labels on every increment. Frequent callers keep the child.
 */
export class CounterFamily<L extends string> {
  private readonly children = new Map<string, { labels: Readonly<Record<L, string>>; tally: Tally }>();

  constructor(
    registry: Registry,
    name: string,
    help: string,
    private readonly labelNames: readonly L[],
  ) {
    const { children } = this;
    new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, tally } of children.values()) this.inc(labels, tally.count);
      },
    });
  }

  /**
   * @param labels values of a fixed set, never text of a client; the child is reported as 0 from
   * now on.
   */
  child(labels: Readonly<Record<L, string>>): Tally {
    const key = this.labelNames.map((name) => labels[name]).join(' ');
    let child = this.children.get(key);
    if (!child) {
      child = { labels, tally: new Tally() };
      this.children.set(key, child);
    }
    return child.tally;
  }

  get sum(): number {
    let sum = 0;
    for (const { tally } of this.children.values()) sum += tally.count;
    return sum;
  }
}
