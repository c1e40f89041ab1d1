import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import type { Figures } from './process-message.js';
import type { ServerProcess } from './server-process.js';

/**
 * How long a process may take to answer. After that its last known metrics are used, so that a hung
 * process does not hide the others.
 */
const ANSWER_MS = 1_000;
/** Metrics reported for each process: a sum or maximum would hide an overloaded one. */
const APART = new Set(['postrider_connections', 'postrider_event_loop_delay_max_seconds']);

/**
 * Sums the metrics of the processes of this machine, including exited ones, so that a counter never
 * falls.
 */
export class SummedMetrics {
  readonly replaced: Counter<'reason'>;
  private readonly own = new Registry();
  private departed: Figures = [];
  private readonly last = new Map<ServerProcess, Figures>();
  private readonly asked = new Map<number, (figures: Figures) => void>();
  private asks = 0;

  constructor(private readonly processes: ReadonlySet<ServerProcess>) {
    const registers = [this.own];
    this.replaced = new Counter({
      name: 'postrider_processes_replaced_total',
      help: 'Processes of this machine that were replaced after a crash or for a restart',
      labelNames: ['reason'],
      registers,
    });
    new Gauge({
      name: 'postrider_processes_ready',
      help: 'Processes of this machine that are ready',
      registers,
      collect() {
        this.set([...processes].filter(({ isReady }) => isReady).length);
      },
    });
  }

  /** Metrics in the text format of Prometheus. */
  async text(): Promise<string> {
    await Promise.all([...this.processes].map((process) => this.ask(process)));
    const apart = [...this.last].map(([{ nodeId }, figures]) => labelled(figures, nodeId));
    const summed = AggregatorRegistry.aggregate([...apart, [...this.departed]]);
    return `${await summed.metrics()}\n${await this.own.metrics()}`;
  }

  /** Takes the metrics of a process, requested or sent at its end. */
  heard(process: ServerProcess, figures: Figures, id?: number): void {
    if (this.processes.has(process)) this.last.set(process, figures);
    if (id !== undefined) this.asked.get(id)?.(figures);
  }

  /** Keeps the counters of an exited process, as far as they are known. */
  async depart(process: ServerProcess): Promise<void> {
    const counted = this.last.get(process)?.filter(({ type }) => COUNTING.has(String(type))) ?? [];
    this.last.delete(process);
    const both = AggregatorRegistry.aggregate([[...this.departed], counted]);
    this.departed = await both.getMetricsAsJSON();
  }

  private async ask(process: ServerProcess): Promise<void> {
    if (!process.isReady) return;
    const id = ++this.asks;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ANSWER_MS);
      this.asked.set(id, () => {
        clearTimeout(timer);
        resolve();
      });
      process.say({ postrider: 'count', id });
    });
    this.asked.delete(id);
  }
}

/** The declarations say numbers, but the registry returns these strings. */
const COUNTING = new Set(['counter', 'histogram']);

function labelled(figures: Figures, process: string): Figures[number][] {
  return figures.map((metric) =>
    APART.has(metric.name)
      ? { ...metric, values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, process } })) }
      : metric,
  );
}
