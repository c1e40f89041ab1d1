import { Counter, type Registry } from 'prom-client';

/** One number of a counter with labels. */
export class Tally {
  count = 0;

  inc(by = 1): void {
    this.count += by;
  }
}

/**
 * A counter with labels whose children are plain numbers, read when Prometheus asks: a child of prom-client builds a key of its
 * labels whenever it counts. Whoever counts often holds the child.
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

  /** @param labels of a fixed set each, never text of a client; told as 0 from now on. */
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
