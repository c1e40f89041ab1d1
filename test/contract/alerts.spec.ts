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
const operations = readFileSync(`${ROOT}docs/operations.md`, 'utf8');

describe('the alerts', () => {
  it.each(alerts)('$alert tells how bad it is, what is wrong and where it is written what to do', (rule) => {
    expect(rule.alert).toMatch(/^Postrider[A-Z]\w+$/);
    expect(rule.labels?.['severity']).toMatch(/^(critical|warning)$/);
    const { summary = '', description = '', runbook_url: runbook } = rule.annotations ?? {};
    expect([summary, description]).not.toContain('');
    expect(runbook).toBe(`docs/operations.md#${rule.alert?.toLowerCase()}`);
  });

  it('have a section each in docs/operations.md, and nothing else has', () => {
    const sections = [...operations.matchAll(/^### (Postrider\w+)$/gm)].map(([, name]) => name);
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

describe('docs/operations.md', () => {
  it('points to sections that it has', () => {
    const slugOf = (title: string): string =>
      title
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-');
    const slugs = new Set([...operations.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => slugOf(title)));
    const links = [...operations.matchAll(/\]\(#([^)]+)\)/g)].map(([, slug = '']) => slug);
    expect(links.filter((slug) => !slugs.has(slug))).toEqual([]);
  });
});

describe('the rules', () => {
  it('name metrics that are in docs/operations.md, and records that there are', () => {
    const told = new Set([...operations.matchAll(/`(postrider_\w+)/g)].map(([, name]) => name));
    const known = new Set(records.map(({ record }) => record));
    const used = [...alerts, ...records].flatMap(({ expr }) => [...expr.matchAll(/postrider[_:][\w:]+/g)].flat());
    const base = (name: string): string => name.replace(/_(bucket|count|sum)$/, '');
    expect(used.length).toBeGreaterThan(50);
    expect(used.filter((name) => !told.has(name) && !told.has(base(name)) && !known.has(name))).toEqual([]);
  });

  it('have no record that nothing uses', () => {
    const dashboards = readdirSync(`${ROOT}docker/grafana/dashboards`).map((file) =>
      readFileSync(`${ROOT}docker/grafana/dashboards/${file}`, 'utf8'),
    );
    const users = [...alerts.map(({ expr }) => expr), ...dashboards].join('\n');
    expect(records.filter(({ record = '' }) => !users.includes(record)).map(({ record }) => record)).toEqual([]);
  });
});
