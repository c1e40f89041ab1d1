import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { LOG_EVENTS, LOG_FIELDS } from '../../src/observability/log-events.js';
import { readConfig, takes } from '../support/fluentd-config.js';
import { generatedFile } from '../support/generated-file.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const filesIn = (folder: string, isWanted: (file: string) => boolean): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(isWanted)
    .map((file) => join(folder, file));

const DOCUMENT = 'docs/logging.md';
const EVENTS_TABLE = [
  '| event | level | fields |',
  '|---|---|---|',
  ...Object.entries(LOG_EVENTS).map(
    ([event, { level, fields }]) => `| \`${event}\` | ${level} | ${fields.map((field) => `\`${field}\``).join(' ')} |`,
  ),
].join('\n');
const FIELDS_TABLE = [
  '| field | is |',
  '|---|---|',
  ...Object.entries(LOG_FIELDS).map(([field, { about }]) => `| \`${field}\` | ${about} |`),
].join('\n');

describe('docs/logging.md', () => {
  const withTable = (text: string, name: string, table: string): string => {
    const place = new RegExp(`(<!-- ${name} -->\n\n)[^]*?(\n\n<!-- end -->)`);
    expect(text).toMatch(place);
    return text.replace(place, (_, begin: string, end: string) => begin + table + end);
  };

  it('has the events and fields of the catalogue (UPDATE_DOCS=1 rewrites them)', async () => {
    const withEvents = withTable(read(DOCUMENT), 'events', EVENTS_TABLE);
    const { is, shouldBe } = await generatedFile(DOCUMENT, withTable(withEvents, 'fields', FIELDS_TABLE));
    expect(is).toBe(shouldBe);
  });
});

describe('the catalogue of events', () => {
  const sources = filesIn('src', (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
  const specs = [...filesIn('test', (file) => file.endsWith('.spec.ts')), 'src/observability/logger.spec.ts'];

  it.each(Object.keys(LOG_EVENTS))('has %s in snake case, used by the source and tested', (event) => {
    expect(event).toMatch(/^[a-z]+(_[a-z]+)*$/);
    const isNamed = (path: string): boolean =>
      !path.endsWith('/log-events.ts') && read(path).match(new RegExp(`['"\`]${event}['"\`]`)) !== null;
    const reason = /^delivery_(expired|dead|cancelled)$/.test(event) ? '`delivery_${reason}`' : undefined;
    expect(sources.filter((path) => isNamed(path) || (reason && read(path).includes(reason)))).not.toEqual([]);
    expect(specs.filter((path) => isNamed(path))).not.toEqual([]);
  });

  it('has no field twice in an event, and no unused field', () => {
    const used = Object.values(LOG_EVENTS).flatMap(({ fields }) => [...new Set<string>(fields)]);
    expect(used).toHaveLength(Object.values(LOG_EVENTS).reduce((sum, { fields }) => sum + fields.length, 0));
    const plain = ['time', 'level', 'node', 'context', 'msg', 'event', 'err', 'extra'];
    const told = new Set([...used, ...plain, ...sources.flatMap(fieldsLoggedIn)]);
    expect(Object.keys(LOG_FIELDS).filter((field) => !told.has(field))).toEqual([]);
  });

  it('has the fields of lines without an event', () => {
    const known = new Set(Object.keys(LOG_FIELDS));
    const logged = sources.flatMap((path) => fieldsLoggedIn(path).map((field) => `${path}: ${field}`));
    expect(logged.length).toBeGreaterThan(20);
    expect(logged.filter((one) => !known.has(one.split(': ')[1] ?? ''))).toEqual([]);
  });
});

describe('docker/elasticsearch', () => {
  const template = JSON.parse(read('docker/elasticsearch/index-template.json'));
  const mappings: Mapping = template.template.mappings;
  const objects: SavedObject[] = read('docker/elasticsearch/dashboard.ndjson')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const config = readConfig(read('docker/fluentd/fluent.conf'));
  const index = config.find(({ name }) => name === 'match')?.params['index_name'] ?? '';
  const globOf = (pattern: string): RegExp => new RegExp(`^${pattern.replaceAll('*', '.*')}$`);

  it('maps each field of the catalogue by its type, and nothing else except what the pipeline adds', () => {
    const types: Record<string, string> = { keywords: 'keyword', object: 'flattened' };
    const { time: _, err, ...fields } = LOG_FIELDS;
    const { '@timestamp': timestamp, container, err: mappedErr, ...mapped } = mappings.properties ?? {};
    expect(mappings.dynamic).toBe('strict');
    expect([timestamp?.type, container?.type]).toEqual(['date', 'keyword']);
    expect(err.type).toBe('error');
    expect([mappedErr?.dynamic, Object.keys(mappedErr?.properties ?? {})]).toEqual([
      'strict',
      ['type', 'message', 'stack', 'cause'],
    ]);
    expect(Object.fromEntries(Object.entries(mapped).map(([name, { type }]) => [name, type]))).toEqual(
      Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, types[type] ?? type])),
    );
  });

  it('serves the data stream that Fluentd writes to and setup.sh creates', () => {
    expect(template.data_stream).toEqual({});
    expect(template.index_patterns.some((pattern: string) => globOf(pattern).test(index))).toBe(true);
    expect(read('docker/elasticsearch/setup.sh')).toContain(`STREAM=${index}\n`);
    for (const file of ['index-template.json', 'dashboard.ndjson']) {
      expect(read('docker/elasticsearch/setup.sh')).toContain(`@${file}`);
    }
    expect(template.template.lifecycle.data_retention).toMatch(/^\d+d$/);
    expect(read(DOCUMENT)).toContain(`\`${template.template.lifecycle.data_retention}\``);
  });

  it('has a dashboard whose objects all exist', () => {
    const ids = new Set(objects.map(({ type, id }) => `${type} ${id}`));
    expect(ids.size).toBe(objects.length);
    expect(objects.filter(({ type }) => type === 'dashboard')).toHaveLength(1);
    const references = objects.flatMap((object) => object.references.map(({ type, id }) => `${type} ${id}`));
    expect(references.filter((reference) => !ids.has(reference))).toEqual([]);
    const pattern = objects.find(({ type }) => type === 'index-pattern');
    expect(globOf(String(pattern?.attributes['title'])).test(index)).toBe(true);
    expect(mappings.properties?.[String(pattern?.attributes['timeFieldName'])]?.type).toBe('date');
    const dashboard = objects.find(({ type }) => type === 'dashboard');
    const panels: { panelRefName: string }[] = JSON.parse(String(dashboard?.attributes['panelsJSON']));
    expect(panels.map(({ panelRefName }) => panelRefName)).toEqual(dashboard?.references.map(({ name }) => name));
    expect(panels.length).toBe(objects.length - 2);
  });

  const views = objects.filter(({ type }) => ['visualization', 'search'].includes(type));
  it.each(views)('uses only existing fields and events in $id', ({ attributes }) => {
    const { properties = {} } = mappings;
    const state: { aggs: { params: { field?: string } }[] } = JSON.parse(
      String(attributes['visState'] ?? '{"aggs":[]}'),
    );
    const grouped = state.aggs.flatMap(({ params: { field } }) => field ?? []);
    // Fields of type `text` cannot be used for grouping.
    expect(
      grouped.filter((field) => !['keyword', 'date', 'long', 'boolean'].includes(properties[field]?.type ?? '')),
    ).toEqual([]);
    const columns = [
      ...((attributes['columns'] ?? []) as string[]),
      ...((attributes['sort'] ?? []) as string[][]).map(([name]) => name),
    ];
    expect(grouped.length + columns.length).toBeGreaterThan(0);
    expect(columns.filter((field) => !Object.hasOwn(properties, field ?? ''))).toEqual([]);
    const { query } = JSON.parse(String(attributes.kibanaSavedObjectMeta.searchSourceJSON)).query as { query: string };
    const [, field = '', words = ''] = /^(\w+): (.+)$/.exec(query) ?? [];
    const values = words === '*' ? [] : words.replaceAll(/[()]/g, '').split(' or ');
    const known = field === 'event' ? Object.keys(LOG_EVENTS) : ['debug', 'info', 'warn', 'error', 'fatal'];
    expect(['event', 'level']).toContain(field);
    expect(values.filter((value) => !known.includes(value))).toEqual([]);
  });
});

describe('docker/fluentd/fluent.conf', () => {
  const config = readConfig(read('docker/fluentd/fluent.conf'));
  const output = config.find(({ name, params }) => name === 'match' && params['@type'] === 'elasticsearch');
  const buffer = output?.sections.find(({ name }) => name === 'buffer')?.params;

  it('keeps undelivered lines on disk, bounded, and retries for hours', () => {
    expect(buffer).toMatchObject({ '@type': 'file', total_limit_size: '512m', retry_timeout: '24h' });
    expect(output?.sections.map(({ name }) => name)).toContain('secondary');
    expect(output?.params['unrecoverable_error_types']).not.toContain('es_rejected_execution_exception');
  });

  it('sends retries past the filters, because they are parsed already', () => {
    const tag = output?.params['retry_tag'] ?? '';
    expect(takes(output?.argument ?? '', tag)).toBe(true);
    expect(config.filter(({ name, argument }) => name === 'filter' && takes(argument, tag))).toEqual([]);
  });

  it('keeps refused lines', () => {
    const label = config.find(({ name, argument }) => name === 'label' && argument === '@ERROR');
    expect(label?.sections[0]?.params).toMatchObject({ '@type': 'file', path: expect.stringContaining('/dead/') });
  });
});

/** Field or object of an Elasticsearch mapping. */
interface Mapping {
  type?: string;
  dynamic?: string;
  properties?: Record<string, Mapping>;
}

interface SavedObject {
  type: string;
  id: string;
  attributes: { kibanaSavedObjectMeta: { searchSourceJSON: string }; [name: string]: unknown };
  references: { name: string; type: string; id: string }[];
}

/** Finds the fields in object literals that a source file passes to a logger without an event. */
function fieldsLoggedIn(path: string): string[] {
  const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isCallExpression(node) &&
      /\blog(?:ger)?\.(?:debug|log|warn|error|verbose|fatal)$/.test(node.expression.getText())
    ) {
      for (const given of node.arguments) {
        if (!ts.isObjectLiteralExpression(given)) continue;
        found.push(...given.properties.map((property) => property.name?.getText() ?? property.getText()));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
