import type { Metric, Registry } from 'prom-client';

/** Observations of one set of labels, by bucket. */
export class Times {
  sum = 0;
  /** Count of each single bucket; the last one is for values above all bounds. */
  readonly counts: number[];

  constructor(private readonly bounds: readonly number[]) {
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(seconds: number): void {
    const { bounds, counts } = this;
    let bucket = 0;
    while (seconds > (bounds[bucket] ?? Infinity)) bucket++;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    this.sum += seconds;
  }
}

/**
 * Histogram whose children are arrays of numbers. One observation takes 0.01 µs; prom-client takes
 * 0.1 µs, and 0.3 µs with two labels. Frequent callers keep the child.
 */
export class HistogramFamily<L extends string = never> {
  private readonly children = new Map<string, { labels: Readonly<Record<L, string>>; times: Times }>();

  constructor(
    registry: Registry,
    private readonly name: string,
    private readonly help: string,
    private readonly labelNames: readonly L[],
    private readonly bounds: readonly number[],
  ) {
    // A registry asks no more than this of a metric.
    registry.registerMetric({ name, get: () => this.figures() } as unknown as Metric);
  }

  /**
   * @param labels values of a fixed set, never text of a client; the child is reported as 0 from
   * now on.
   */
  child(labels: Readonly<Record<L, string>>): Times {
    const key = this.labelNames.map((name) => labels[name]).join(' ');
    let child = this.children.get(key);
    if (!child) {
      child = { labels, times: new Times(this.bounds) };
      this.children.set(key, child);
    }
    return child.times;
  }

  /**
   * Distribution over all children: `counts[i]` observations above `le[i - 1]` and up to `le[i]`
   * seconds; null stands for infinity.
   */
  get distribution(): { readonly le: readonly (number | null)[]; readonly counts: readonly number[] } {
    const all = [...this.children.values()];
    const le = [...this.bounds, null];
    return { le, counts: le.map((_, at) => all.reduce((sum, { times }) => sum + (times.counts[at] ?? 0), 0)) };
  }

  /**
   * Values in the form that a registry asks for. The declarations call the type a number, which is
   * wrong.
   */
  private figures() {
    const values = [...this.children.values()].flatMap(({ labels, times }) => {
      let count = 0;
      const buckets = [...this.bounds, '+Inf'].map((le, at) => {
        count += times.counts[at] ?? 0;
        return { metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: count };
      });
      return [
        ...buckets,
        { metricName: `${this.name}_sum`, labels, value: times.sum },
        { metricName: `${this.name}_count`, labels, value: count },
      ];
    });
    const { name, help } = this;
    return { name, help, type: 'histogram', values, aggregator: 'sum' };
  }
}
