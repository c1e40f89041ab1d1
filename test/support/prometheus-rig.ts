import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from './child-process.js';
import { freePort } from './free-port.js';
import { until } from './wait.js';

const SHIPPED = fileURLToPath(new URL('../../docker/prometheus/', import.meta.url));
const BINARY = process.env['PROMETHEUS_BIN'] ?? 'prometheus';

/** Series and its value, as a query returns it. */
export interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

export interface RuleState {
  name: string;
  type: 'alerting' | 'recording';
  health: 'ok' | 'err' | 'unknown';
  lastError?: string;
  state?: string;
}

/**
 * Real Prometheus with the shipped configuration and its own data; `stop()` leaves nothing behind.
 */
export class PrometheusRig {
  private child?: Child;

  private constructor(
    private readonly dir: string,
    private readonly port: number,
  ) {}

  /** @param targets `host:port` of each target, scraped every second instead of every 15. */
  static async start(targets: readonly string[]): Promise<PrometheusRig> {
    const rig = new PrometheusRig(await mkdtemp(join(tmpdir(), 'postrider-prometheus-')), await freePort());
    try {
      await cp(SHIPPED, rig.dir, { recursive: true });
      const file = join(rig.dir, 'prometheus.yml');
      await writeFile(file, (await readFile(file, 'utf8')).replace(/_interval: 15s/g, '_interval: 1s'));
      await writeFile(join(rig.dir, 'targets/postrider.yml'), JSON.stringify([{ targets }]));
      const listen = `--web.listen-address=127.0.0.1:${rig.port}`;
      const data = `--storage.tsdb.path=${join(rig.dir, 'data')}`;
      rig.child = Child.spawn(BINARY, [`--config.file=${file}`, data, listen, '--log.level=warn'], { cwd: rig.dir });
      await until(() => rig.isReady(), { timeoutMs: 20_000, what: 'Prometheus is ready' });
      return rig;
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  async query(expression: string): Promise<Sample[]> {
    const { result } = await this.ask<{ result: Sample[] }>(`query?query=${encodeURIComponent(expression)}`);
    return result;
  }

  /** Returns the state of each target at the last scrape. */
  async targets(): Promise<{ health: string; lastError: string }[]> {
    return (await this.ask<{ activeTargets: { health: string; lastError: string }[] }>('targets')).activeTargets;
  }

  async rules(): Promise<RuleState[]> {
    const { groups } = await this.ask<{ groups: { rules: RuleState[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    await this.child?.end('SIGTERM');
    await rm(this.dir, { recursive: true, force: true });
  }

  private async isReady(): Promise<boolean> {
    if (this.child?.exit) throw new Error(`Prometheus ended: ${this.child.tail()}`);
    return (await fetch(`http://127.0.0.1:${this.port}/-/ready`)).ok;
  }

  private async ask<T>(path: string): Promise<T> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/api/v1/${path}`);
    const body = (await answer.json()) as { status: string; error?: string; data: T };
    if (body.status !== 'success') throw new Error(`${path}: ${body.error}`);
    return body.data;
  }
}
