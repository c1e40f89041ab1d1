import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface RuleTest {
  alert_rule_test: { alertname: string; exp_alerts: unknown[] }[];
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = `${ROOT}docker/prometheus/`;
const read = <T>(file: string): T => parse(readFileSync(FOLDER + file, 'utf8')) as T;
const rulesOf = (file: string): Rule[] =>
  read<{ groups: { rules: Rule[] }[] }>(`rules/${file}`).groups.flatMap(({ rules }) => rules);

const alerts = rulesOf('alerts.yml');
const records = rulesOf('recording.yml');
const names = alerts.map(({ alert = '' }) => alert);
const runbook = readFileSync(`${ROOT}docs/runbook.md`, 'utf8');
const metrics = readFileSync(`${ROOT}docs/metrics.md`, 'utf8');

describe('the alerts', () => {
  it.each(alerts)('$alert has a severity, a summary, a description and a runbook section', (rule) => {
    expect(rule.alert).toMatch(/^Postrider[A-Z]\w+$/);
    expect(rule.labels?.['severity']).toMatch(/^(critical|warning)$/);
    const { summary = '', description = '', runbook_url: url } = rule.annotations ?? {};
    expect([summary, description]).not.toContain('');
    expect(url).toBe(`docs/runbook.md#${rule.alert?.toLowerCase()}`);
  });

  it('have one section each in docs/runbook.md, in the same order', () => {
    const sections = [...runbook.matchAll(/^### (Postrider\w+)$/gm)].map(([, name]) => name);
    expect(sections).toEqual(names);
  });

  it('are each tested both ways', () => {
    const tests = readdirSync(`${FOLDER}tests`)
      .flatMap((file) => read<{ tests: RuleTest[] }>(`tests/${file}`).tests)
      .flatMap((test) => test.alert_rule_test);
    const named = (fires: boolean): string[] =>
      tests.filter((test) => test.exp_alerts.length > 0 === fires).map((test) => test.alertname);
    expect(named(true).toSorted()).toEqual(names.toSorted());
    expect(named(false).toSorted()).toEqual(names.toSorted());
  });
});

describe('the rules', () => {
  it('use only metrics of docs/metrics.md and existing recording rules', () => {
    const told = new Set([...metrics.matchAll(/`(postrider_\w+)/g)].map(([, name]) => name));
    const known = new Set(records.map(({ record }) => record));
    const used = [...alerts, ...records].flatMap(({ expr }) => [...expr.matchAll(/postrider[_:][\w:]+/g)].flat());
    const base = (name: string): string => name.replace(/_(bucket|count|sum)$/, '');
    expect(used.length).toBeGreaterThan(50);
    expect(used.filter((name) => !told.has(name) && !told.has(base(name)) && !known.has(name))).toEqual([]);
  });

  it('record nothing that is not used', () => {
    const dashboards = readdirSync(`${ROOT}docker/grafana/dashboards`).map((file) =>
      readFileSync(`${ROOT}docker/grafana/dashboards/${file}`, 'utf8'),
    );
    const users = [...alerts.map(({ expr }) => expr), ...dashboards].join('\n');
    expect(records.filter(({ record = '' }) => !users.includes(record)).map(({ record }) => record)).toEqual([]);
  });
});
