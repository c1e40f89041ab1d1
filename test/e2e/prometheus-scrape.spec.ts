import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { metricRows } from '../support/metric-rows.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { PrometheusRig } from '../support/prometheus-rig.js';
import { until } from '../support/wait.js';

const GRAFANA = fileURLToPath(new URL('../../docker/grafana/', import.meta.url));
const USERS = 5;

interface Dashboard {
  uid: string;
  templating: { list: { name: string }[] };
  panels: { title: string; targets: { expr: string }[] }[];
}

const files = readdirSync(`${GRAFANA}dashboards`);
const dashboards = files.map((file) => JSON.parse(readFileSync(`${GRAFANA}dashboards/${file}`, 'utf8')) as Dashboard);
const queries = dashboards.flatMap(({ uid, panels }) =>
  panels.flatMap(({ title, targets }) => targets.map(({ expr }): [string, string, string] => [uid, title, expr])),
);
/** Replaces the variables of an expression, as Grafana does. */
const asked = (expression: string): string =>
  expression.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m');

describe('Prometheus with docker/prometheus', () => {
  let rig: PostriderRig;
  let prometheus: PrometheusRig;
  let scraped: Set<string>;
  /** Publishes until the end, so that the metrics always change. */
  let traffic: NodeJS.Timeout;
  const published: Promise<unknown>[] = [];

  beforeAll(async () => {
    rig = await PostriderRig.start({ nodes: 2 });
    prometheus = await PrometheusRig.start(rig.servers.map(({ url }) => new URL(url).host));
    for (let n = 0; n < USERS; n++) await rig.client(`user-${n}`, { node: n % 2 }).open();
    traffic = setInterval(() => {
      const n = published.length;
      published.push(rig.rest(n % 2).notify({ to: { user: `user-${n % USERS}` }, type: 'note', data: n }));
    }, 50);
    const { body } = await rig.rest().get<string>('/metrics');
    scraped = new Set(metricRows(body).flatMap(({ name, series }) => [name, series]));
    const seen = async (): Promise<boolean> =>
      (await prometheus.query('postrider:time_to_ack_seconds:p99 > 0')).length > 0;
    await until(seen, { timeoutMs: 30_000, what: 'acks are told by a rule' });
  });

  afterAll(async () => {
    clearInterval(traffic);
    await Promise.all(published);
    await prometheus?.stop();
    await rig?.close();
  });

  it('reaches every server', async () => {
    const targets = await prometheus.targets();
    expect(targets.map(({ health, lastError }) => [health, lastError])).toEqual(rig.servers.map(() => ['up', '']));
  });

  it('evaluates every rule without an error', async () => {
    const isDone = async (): Promise<boolean> => (await prometheus.rules()).every(({ health }) => health !== 'unknown');
    await until(isDone, { timeoutMs: 20_000, what: 'every rule was evaluated' });
    const rules = await prometheus.rules();
    expect(rules.filter(({ health }) => health !== 'ok').map(({ name, lastError }) => [name, lastError])).toEqual([]);
    expect(rules.length).toBeGreaterThan(40);
  });

  it('has a value for every recorded rule and raises no alert while all is well', async () => {
    const rules = await prometheus.rules();
    const records = rules.filter(({ type }) => type === 'recording').map(({ name }) => name);
    // The first rates need a second scrape and another evaluation.
    for (const name of records) await until(async () => (await prometheus.query(name)).length > 0, { what: name });
    expect(rules.filter(({ state }) => state === 'firing').map(({ name }) => name)).toEqual([]);
  });

  it.each(queries)('answers the dashboard %s: %s', async (_uid, _title, expression) => {
    const known = (name: string): boolean => scraped.has(name) || name.startsWith('postrider:') || name === 'up';
    const named = [...asked(expression).matchAll(/\b(?:postrider[_:]|process_|nodejs_)[\w:]+|\bup\b/g)].flat();
    expect(named.filter((name) => !known(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(0);
    // Some rates need a second scrape.
    await until(async () => (await prometheus.query(asked(expression))).length > 0, { what: expression });
  });
});

describe('docker/grafana', () => {
  it('has the dashboards that its source makes', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'postrider-grafana-'));
    await promisify(execFile)(process.execPath, [`${GRAFANA}build.mjs`, dir]);
    const made = Object.fromEntries(readdirSync(dir).map((file) => [file, readFileSync(join(dir, file), 'utf8')]));
    rmSync(dir, { recursive: true });
    expect(made).toEqual(
      Object.fromEntries(files.map((file) => [file, readFileSync(`${GRAFANA}dashboards/${file}`, 'utf8')])),
    );
  });

  it('uses only variables that a dashboard has', () => {
    for (const { uid, templating, panels } of dashboards) {
      const known = new Set(['__rate_interval', ...templating.list.map(({ name }) => name)]);
      const used = [...JSON.stringify(panels).matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
      expect([uid, used.filter((name) => !known.has(name))]).toEqual([uid, []]);
    }
  });
});
