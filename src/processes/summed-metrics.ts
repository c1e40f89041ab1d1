import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import type { Figures } from './process-message.js';
import type { ServerProcess } from './server-process.js';

/** For a process that takes longer stands what it said last: one that hangs must not hide the others. */
const ANSWER_MS = 1_000;
/** What is told of each process apart: a sum or a maximum would hide the one that has too much. */
const APART = new Set(['postrider_connections', 'postrider_event_loop_delay_max_seconds']);

/** What the processes of this machine have counted together, also those that are gone: a counter never falls. */
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
      help: 'Processes of this machine that were replaced, because they crashed or for a restart',
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

  /** In the text format of Prometheus. */
  async text(): Promise<string> {
    await Promise.all([...this.processes].map((process) => this.ask(process)));
    const apart = [...this.last].map(([{ nodeId }, figures]) => labelled(figures, nodeId));
    const summed = AggregatorRegistry.aggregate([...apart, [...this.departed]]);
    return `${await summed.metrics()}\n${await this.own.metrics()}`;
  }

  /** What a process has counted, asked for or as its last words. */
  heard(process: ServerProcess, figures: Figures, id?: number): void {
    if (this.processes.has(process)) this.last.set(process, figures);
    if (id !== undefined) this.asked.get(id)?.(figures);
  }

  /** A process is gone: its counters stay, as far as they are known. */
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

/** The declarations say numbers, but these are what it gives. */
const COUNTING = new Set(['counter', 'histogram']);

function labelled(figures: Figures, process: string): Figures[number][] {
  return figures.map((metric) =>
    APART.has(metric.name)
      ? { ...metric, values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, process } })) }
      : metric,
  );
}
